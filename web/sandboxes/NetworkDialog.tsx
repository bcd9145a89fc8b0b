import { useMutation } from '@connectrpc/connect-query';
import { NetworkMode, SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { useEgressProblem } from '../network/egress-offer.ts';
import { NetworkFields } from '../network/NetworkFields.tsx';
import { networkRequest, networkValuesOf, rulesError, type NetworkValues } from '../network/policy.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { sandboxName } from './name.ts';

interface NetworkDialogProps {
  readonly sandbox: Sandbox;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Sets what a sandbox may reach, also while it runs. */
export function NetworkDialog(props: NetworkDialogProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      wide
      title={`Network of ${sandboxName(props.sandbox)}`}
      description="It takes effect at once; connections that are not allowed any more stop."
    >
      <NetworkForm {...props} />
    </Dialog>
  );
}

function NetworkForm({ sandbox, onClose }: NetworkDialogProps) {
  const update = useMutation(SandboxService.method.updateSandboxNetwork);
  const tell = useTell();
  const egressProblem = useEgressProblem(sandbox.hostId);
  const request = (values: NetworkValues) => ({ sandboxId: sandbox.id, ...networkRequest(values) });
  const form = useForm<NetworkValues & Record<string, unknown>>({
    initial: { ...networkValuesOf(sandbox.network || NetworkMode.NONE, sandbox.egress) },
    check: ({ network, rules }) => ({ rules: network === NetworkMode.EGRESS ? rulesError(rules) : undefined }),
    submit: async (values) => {
      await update.mutateAsync(request(values));
      onClose();
      tell('The network is set.');
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <NetworkFields form={form} mayLeaveOpen={false} problem={egressProblem} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setNetwork(request(form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Set network
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
