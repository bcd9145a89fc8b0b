import { useMutation } from '@connectrpc/connect-query';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ProcessService, type Process, type StartProcessRequestSchema } from '#proto/muster/v1/process_pb.js';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

interface StartProps {
  readonly sandbox: Sandbox;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onStarted: (process: Process) => void;
}

/** Starts a command that goes on by itself. */
export function StartProcessDialog(props: StartProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title="Start a process"
      description="It goes on when you leave, until it ends by itself or its sandbox does."
    >
      <StartForm {...props} />
    </Dialog>
  );
}

interface StartValues extends Record<string, unknown> {
  readonly argv: string;
  readonly name: string;
  readonly user: string;
  readonly cwd: string;
  readonly terminal: boolean;
}

function requestOf(
  sandboxId: string,
  { argv, name, user, cwd, terminal }: StartValues,
): MessageInitShape<typeof StartProcessRequestSchema> {
  return {
    sandboxId,
    argv: ['sh', '-c', argv.trim()],
    name: name.trim(),
    user: user.trim(),
    cwd: cwd.trim(),
    ...(terminal && { terminal: { cols: 80, rows: 24 } }),
  };
}

function StartForm({ sandbox, onClose, onStarted }: StartProps) {
  const start = useMutation(ProcessService.method.startProcess);
  const form = useForm<StartValues>({
    initial: { argv: '', name: '', user: '', cwd: '', terminal: false },
    check: ({ argv }) => ({ argv: argv.trim() === '' ? 'Type the command that it should run.' : undefined }),
    submit: async (values) => {
      const { process } = await start.mutateAsync(requestOf(sandbox.id, values));
      onClose();
      if (process) onStarted(process);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('argv')}
          label="Command"
          help="Run by the sandbox’s shell, so pipes and variables work."
          placeholder="python3 -m http.server 8080"
          mono
          spellCheck={false}
          autoCapitalize="off"
        />
        <TextField {...form.bind('name')} label="Name" optional help="To find it by." spellCheck={false} />
        <div className="grid gap-4 md:grid-cols-2">
          <TextField {...form.bind('user')} label="User" optional placeholder="root" mono spellCheck={false} />
          <TextField
            {...form.bind('cwd')}
            label="Directory"
            optional
            placeholder="the user’s home"
            mono
            spellCheck={false}
          />
        </div>
        <CheckField
          {...form.bind('terminal')}
          label="On a terminal"
          help="For programs that draw or ask; without it, what it writes can be read."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.startProcess(requestOf(sandbox.id, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Start process
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
