import { useMutation } from '@connectrpc/connect-query';
import { ProcessService, type Process } from '#proto/muster/v1/process_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { processName } from './words.ts';

interface SignalProps {
  readonly sandboxId: string;
  readonly process: Process;
  readonly onClose: () => void;
  readonly onSent: () => void;
}

const signals = [
  { value: 'SIGTERM', label: 'SIGTERM: please end' },
  { value: 'SIGINT', label: 'SIGINT: interrupt, as Ctrl+C does' },
  { value: 'SIGHUP', label: 'SIGHUP: hang up; many servers read their configuration again' },
  { value: 'SIGQUIT', label: 'SIGQUIT: end and leave a dump' },
  { value: 'SIGUSR1', label: 'SIGUSR1: what the program makes of it' },
  { value: 'SIGUSR2', label: 'SIGUSR2: what the program makes of it' },
  { value: 'SIGSTOP', label: 'SIGSTOP: freeze' },
  { value: 'SIGCONT', label: 'SIGCONT: go on after a freeze' },
] as const;

/** Sends one of the signals that a program can answer. */
export function SignalDialog(props: SignalProps) {
  return (
    <Dialog open onClose={props.onClose} title={`Signal ${processName(props.process)}`}>
      <SignalForm {...props} />
    </Dialog>
  );
}

function SignalForm({ sandboxId, process, onClose, onSent }: SignalProps) {
  const send = useMutation(ProcessService.method.sendSignal);
  const tell = useTell();
  const form = useForm<{ signal: string }>({
    initial: { signal: 'SIGTERM' },
    submit: async ({ signal }) => {
      await send.mutateAsync({ sandboxId, processId: process.id, signal });
      tell(`${signal} was sent to ${processName(process)}.`);
      onSent();
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField
          {...form.bind('signal')}
          label="Signal"
          choices={signals}
          help="It goes to the process and its group."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.sendSignal(sandboxId, process.id, form.values.signal)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Send {form.values.signal}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

/** Ends a process without asking it. */
export function KillDialog({ sandboxId, process, onClose, onSent }: SignalProps) {
  const send = useMutation(ProcessService.method.sendSignal);
  const name = processName(process);
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title={`Kill ${name}`}
      name={name}
      action={`Kill ${name}`}
      onConfirm={async () => {
        await send.mutateAsync({ sandboxId, processId: process.id, signal: 'SIGKILL' });
        onSent();
      }}
      command={<AsCommand lines={commandLines.sendSignal(sandboxId, process.id, 'SIGKILL')} />}
    >
      Process {process.pid} ends at once with all that it started, and cannot save anything first. To let it end by
      itself, send SIGTERM instead.
    </ConfirmByName>
  );
}
