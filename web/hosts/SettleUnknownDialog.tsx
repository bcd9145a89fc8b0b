import { useMutation } from '@connectrpc/connect-query';
import { HostService, UnknownSandboxDecision, type Host, type UnknownSandbox } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** A sandbox that the database does not know, and what is to become of it. */
export interface UnknownToSettle {
  readonly sandbox: UnknownSandbox;
  readonly decision: UnknownSandboxDecision.RELEASE | UnknownSandboxDecision.DESTROY;
}

interface SettleProps {
  readonly host: Host;
  readonly settled: UnknownToSettle | undefined;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const words = {
  [UnknownSandboxDecision.RELEASE]: {
    title: 'Let it go on',
    description: 'It is thawed, and Muster leaves it alone from then on. It belongs to no team.',
    action: 'Let it go on',
    done: 'goes on, and is left alone.',
  },
  [UnknownSandboxDecision.DESTROY]: {
    title: 'Destroy it',
    description: 'Everything in it is lost. This cannot be undone.',
    action: 'Destroy sandbox',
    done: 'is destroyed.',
  },
};

/** Decides about a sandbox that the database does not know, with the reason. */
export function SettleUnknownDialog({ settled, onClose, ...rest }: SettleProps) {
  const said = settled && words[settled.decision];
  return (
    <Dialog open={settled !== undefined} onClose={onClose} title={said?.title ?? ''} description={said?.description}>
      {settled && <SettleForm settled={settled} onClose={onClose} {...rest} />}
    </Dialog>
  );
}

function SettleForm({ host, settled, onClose, onDone }: SettleProps & { settled: UnknownToSettle }) {
  const settle = useMutation(HostService.method.settleUnknownSandbox);
  const tell = useTell();
  const { decision, sandbox } = settled;
  const asked = { hostId: host.id, sandboxId: sandbox.sandboxId, decision };
  const form = useForm({
    initial: { reason: '' },
    check: ({ reason }) => ({ reason: reason.trim() === '' ? 'Say why: it stands in the audit log.' : undefined }),
    submit: async ({ reason }) => {
      await settle.mutateAsync({ ...asked, reason: reason.trim() });
      onDone();
      onClose();
      tell(`${sandbox.sandboxId} ${words[decision].done}`);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <p className="font-mono text-table wrap-anywhere">{sandbox.sandboxId}</p>
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Kept in the audit log."
          placeholder="Its team has confirmed that it is not needed"
          maxLength={500}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.settleUnknownSandbox({ ...asked, reason: form.values.reason })} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          look={decision === UnknownSandboxDecision.DESTROY ? 'danger' : 'primary'}
          busy={form.busy}
        >
          {words[decision].action}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
