import { LogIn } from 'lucide-react';
import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { GetSetupResponse } from '#proto/muster/v1/setup_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { buttonClasses } from '../parts/Button.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { signInProblem } from '../session/sign-in-modes.ts';

interface ServiceSignInProps {
  readonly setup: GetSetupResponse;
  readonly next: string;
  /** What the last try met. */
  readonly problem?: string | undefined;
  readonly claim?: string | undefined;
}

/** Signing in where an OpenID provider does it: one way out, and what went wrong on the way back. */
export function ServiceSignInPage({ setup, next, problem, claim = '' }: ServiceSignInProps) {
  const words = signInProblem(problem, claim);
  const unknown = { code: Code.Unauthenticated, reason: Reason.UNAUTHENTICATED, field: '', requestId: '' };
  return (
    <EntranceFrame
      title="Sign in"
      version={setup}
      summary={`People sign in at ${setup.signInService} here. You come back by yourself.`}
    >
      <div className="flex flex-col gap-4">
        {words && <ProblemNote problem={{ ...unknown, message: words[0], help: words[1] }} />}
        {/* A document of another site follows: no route of the console. */}
        <a href={`${setup.signInPath}?next=${encodeURIComponent(next)}`} className={buttonClasses('primary')}>
          <LogIn aria-hidden className="size-4" /> Sign in with {setup.signInService}
        </a>
      </div>
    </EntranceFrame>
  );
}

/** Where nobody signs in. */
export const KeysOnlyPage = ({ setup }: { setup: GetSetupResponse }) => (
  <EntranceFrame
    title="Nobody signs in here"
    version={setup}
    summary="This installation is called by keys and machine identities only. Its API answers at this address; the console is for installations that people sign in to."
  >
    <p className="text-table text-ink-muted">
      Whoever runs it can let people in with{' '}
      <code className="font-mono text-code">MUSTER_AUTH_MODE=api_key_and_user</code>.
    </p>
  </EntranceFrame>
);
