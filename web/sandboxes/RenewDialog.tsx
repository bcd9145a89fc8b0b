import { useMutation } from '@connectrpc/connect-query';
import { comingEnd } from '#contract/expiry.ts';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { lifetimes } from './lifetimes.ts';
import { durationOf } from '../time/duration.ts';
import { Countdown } from '../time/RelativeTime.tsx';
import { expiryVerbs } from './expiry.ts';
import { sandboxName } from './name.ts';

/** Sets when a sandbox ends. */
export function RenewDialog({ sandbox, open, onClose }: { sandbox: Sandbox; open: boolean; onClose: () => void }) {
  const end = comingEnd(sandbox);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Renew ${sandboxName(sandbox)}`}
      description={
        end ? (
          <>
            It {expiryVerbs[sandbox.onExpiry]} in <Countdown to={end} className="font-medium text-ink" />. Its life
            begins anew from now.
          </>
        ) : sandbox.expiresAt ? (
          'Its time does not count while it rests. Renewing says until when it runs once it goes on.'
        ) : (
          'It has no end. Renewing gives it one.'
        )
      }
    >
      <RenewForm sandbox={sandbox} onClose={onClose} />
    </Dialog>
  );
}

function RenewForm({ sandbox, onClose }: { sandbox: Sandbox; onClose: () => void }) {
  const renew = useMutation(SandboxService.method.renewSandbox);
  const tell = useTell();
  const form = useForm<{ timeout: number }>({
    initial: { timeout: 3600 },
    submit: async ({ timeout }) => {
      const { notYetApplied } = await renew.mutateAsync({ sandboxId: sandbox.id, timeout: durationOf(timeout) });
      onClose();
      tell(notYetApplied ? 'Recorded, not yet applied: its host cannot be reached now.' : 'Renewed.');
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField {...form.bind('timeout')} label="Lifetime from now" choices={lifetimes} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.renewSandbox(sandbox.id, form.values.timeout)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Renew sandbox
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
