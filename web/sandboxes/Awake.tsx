import { useMutation } from '@connectrpc/connect-query';
import { CirclePlay } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { ObservedState, SandboxService, WantedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { CommandBlock } from '../parts/Copy.tsx';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { useReport } from '../problems/useReport.ts';
import { sandboxName } from './name.ts';
import { observedLooks } from './states.ts';

interface AwakeProps {
  readonly sandbox: Sandbox;
  readonly what: string;
  /** Whether what was seen stays while the host cannot be reached, because it holds something, as what was typed. */
  readonly lasts?: boolean;
  readonly children: ReactNode;
}

/** What can be seen and done inside a sandbox while it runs; else why not, and the one thing to do. */
export function Awake({ sandbox, what, lasts = false, children }: AwakeProps) {
  const runs = sandbox.observed === ObservedState.RUNNING;
  const [seen, setSeen] = useState(runs);
  const isSeen = runs || (lasts && seen && sandbox.observed === ObservedState.MISSING);
  if (isSeen !== seen) setSeen(isSeen);
  if (isSeen) return children;
  const { icon } = observedLooks[sandbox.observed];
  return (
    <EmptyState icon={icon} title={titleOf(sandbox)} action={<GoOn sandbox={sandbox} />}>
      {sentenceOf(sandbox, what)}
    </EmptyState>
  );
}

function titleOf(sandbox: Sandbox): string {
  const word = (sandbox.stateLabel || observedLooks[sandbox.observed].word).toLowerCase();
  return `${sandboxName(sandbox)} is ${word}`;
}

function sentenceOf({ observed, hostName, reason }: Sandbox, what: string): string {
  switch (observed) {
    case ObservedState.PAUSED:
      return `Its processes are frozen in memory, and go on where they were once it is resumed. Then ${what} can be seen here.`;
    case ObservedState.STOPPED:
      return `Its files are kept, its processes have ended. Once it is started, ${what} can be seen here.`;
    case ObservedState.PENDING:
      return `As soon as it runs, ${what} can be seen here.`;
    case ObservedState.MISSING:
      return `Its host ${hostName} cannot be reached. This page goes on by itself when the host is back.`;
    default:
      return reason || `It has ended, and ${what} with it.`;
  }
}

function GoOn({ sandbox }: { sandbox: Sandbox }) {
  const report = useReport();
  const resume = useMutation(SandboxService.method.resumeSandbox, { onError: report });
  const start = useMutation(SandboxService.method.startSandbox, { onError: report });
  const { id: sandboxId, observed, wanted } = sandbox;
  if (observed !== ObservedState.PAUSED && observed !== ObservedState.STOPPED) return null;
  const stopped = observed === ObservedState.STOPPED || wanted === WantedState.STOPPED;
  const [action, call, lines] = stopped
    ? (['start', start, commandLines.startSandbox(sandboxId)] as const)
    : (['resume', resume, commandLines.resumeSandbox(sandboxId)] as const);
  return (
    <div className="flex flex-col items-center gap-5">
      <Button
        look="primary"
        icon={CirclePlay}
        busy={call.isPending || wanted === WantedState.RUNNING}
        disabledReason={wanted === WantedState.RUNNING ? undefined : refusal(sandbox.actions, `sandbox.${action}`)}
        onClick={() => call.mutate({ sandboxId })}
      >
        {stopped ? 'Start sandbox' : 'Resume sandbox'}
      </Button>
      <div className="w-full max-w-dialog text-left">
        <CommandBlock command={lines.muster} />
      </div>
    </div>
  );
}
