import { useMutation } from '@connectrpc/connect-query';
import { useSearch } from '@tanstack/react-router';
import { CircleCheck, CircleX, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { isDeviceCode, toDeviceCode } from '../account/device-code.ts';
import { Button } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { Page, Panel } from '../parts/Page.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { useFragment } from '../session/useFragment.ts';

interface Decision {
  readonly approved: boolean;
  readonly device: string;
}

export function DevicePage() {
  const { code } = useSearch({ from: '/signed-in/device' });
  const fragment = useFragment();
  const given = toDeviceCode(code ?? fragment);
  const [decision, setDecision] = useState<Decision>();
  return (
    <Page title="Approve a command line" summary="A command line asks to sign in as you.">
      <Panel className="w-full max-w-dialog">
        {decision ? <Decided decision={decision} /> : <DecideForm key={given} code={given} onDecided={setDecision} />}
      </Panel>
    </Page>
  );
}

function DecideForm({ code, onDecided }: { code: string; onDecided: (decision: Decision) => void }) {
  const caller = useCaller();
  const decide = useMutation(AuthService.method.approveDeviceLogin);
  const [refusing, setRefusing] = useState(false);
  const form = useForm({
    initial: { user_code: code },
    check: ({ user_code }) => ({
      user_code: isDeviceCode(user_code) ? undefined : 'The code has eight letters, such as ABCD-EFGH.',
    }),
    submit: async ({ user_code }) => {
      const { deviceName } = await decide.mutateAsync({ userCode: user_code, refuse: refusing });
      onDecided({ approved: !refusing, device: deviceName || 'The command line' });
    },
  });
  const userCode = form.bind('user_code');
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4 p-4 md:p-5">
      <div className="flex gap-3 text-table">
        <SquareTerminal aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-faint" />
        <p className="text-pretty text-ink-muted">
          Approve only if you have just typed <code className="text-code text-ink">muster login</code> yourself and your
          terminal shows this code. It will act with the rights of{' '}
          <strong className="font-medium text-ink">{caller.name}</strong> until it is signed out.
        </p>
      </div>
      <TextField
        {...userCode}
        onChange={(text) => userCode.onChange(toDeviceCode(text))}
        label="Code"
        help="Compare it with the one in your terminal."
        placeholder="ABCD-EFGH"
        mono
        spellCheck={false}
        autoCapitalize="characters"
      />
      {form.problem && <ProblemNote problem={form.problem} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={form.busy && !refusing} onClick={() => setRefusing(false)}>
          Approve
        </Button>
        <Button type="submit" busy={form.busy && refusing} onClick={() => setRefusing(true)}>
          Refuse
        </Button>
      </div>
    </form>
  );
}

function Decided({ decision: { approved, device } }: { decision: Decision }) {
  const Icon = approved ? CircleCheck : CircleX;
  return (
    <div role="status" className="flex gap-3 p-4 text-table md:p-5">
      <Icon
        aria-hidden
        className={approved ? 'mt-0.5 size-4 shrink-0 text-good' : 'mt-0.5 size-4 shrink-0 text-wrong'}
      />
      <div>
        <p className="font-medium">{approved ? `${device} is signed in.` : `${device} was refused.`}</p>
        <p className="mt-0.5 text-ink-muted">
          {approved
            ? 'You can close this page and go back to your terminal.'
            : 'Nothing was signed in. You can close this page.'}
        </p>
      </div>
    </div>
  );
}
