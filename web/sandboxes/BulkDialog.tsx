import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { toProblem } from '../problems/problem.ts';
import { useTell } from '../problems/useReport.ts';
import { countWords, type BulkAction } from './bulk.ts';
import { sandboxName } from './name.ts';

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly targets: readonly Sandbox[];
  readonly onClose: () => void;
  /** Told which it could not be done with. */
  readonly onDone: (failedIds: readonly string[]) => void;
}

interface Failure {
  readonly sandbox: Sandbox;
  readonly message: string;
}

/** Names what an action is about to be done with, and does it. What failed stays in sight with its reason. */
export function BulkDialog(props: BulkDialogProps) {
  const { action, targets, onClose } = props;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${action.word} ${countWords(targets.map(sandboxName))}`}
      description={action.sentence}
    >
      <BulkForm {...props} />
    </Dialog>
  );
}

function BulkForm({ action, targets, onClose, onDone }: BulkDialogProps) {
  const call = useCall(action);
  const tell = useTell();
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const left = failures.length > 0 ? failures.map(({ sandbox }) => sandbox) : targets;
  const words = countWords(left.map(sandboxName));
  const destroys = action.key === 'destroy';
  const form = useForm({
    initial: { confirmation: '' },
    check: ({ confirmation }) => ({
      confirmation: !destroys || confirmation.trim() === words ? undefined : `Type “${words}” exactly to go on.`,
    }),
    submit: async () => {
      const results = await Promise.all(
        left.map((sandbox) =>
          call({ sandboxId: sandbox.id }).then(
            () => undefined,
            (error: unknown) => ({ sandbox, message: toProblem(error).message }),
          ),
        ),
      );
      const failed = results.filter((result) => result !== undefined);
      setFailures(failed);
      if (failed.length === 0) tell(`${words} ${left.length === 1 ? 'is' : 'are'} ${action.done}.`);
      onDone(failed.map(({ sandbox }) => sandbox.id));
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        {failures.length > 0 && (
          <p role="alert" className="rounded-control bg-wrong-soft px-3 py-2 text-table text-wrong">
            This could not be done with {words}; the others are {action.done}.
          </p>
        )}
        <ul
          aria-label="What this is about"
          className="flex max-h-60 flex-col gap-1 overflow-y-auto rounded-control bg-sunken p-3 text-table ring-1 ring-line ring-inset"
        >
          {left.map((sandbox) => (
            <li key={sandbox.id} className="flex flex-wrap justify-between gap-x-3">
              <span className="font-medium wrap-anywhere">
                {sandboxName(sandbox)}
                {sandboxName(sandbox) !== sandbox.id && (
                  <code className="ml-2 text-small font-normal text-ink-faint">{sandbox.id}</code>
                )}
              </span>
              <span className="text-ink-faint">
                {failures.find((failure) => failure.sandbox.id === sandbox.id)?.message ??
                  `${sandbox.stateLabel} on ${sandbox.hostName || 'no host'}`}
              </span>
            </li>
          ))}
        </ul>
        {destroys && (
          <TextField
            {...form.bind('confirmation')}
            label={
              <>
                Type <code className="select-all">{words}</code> to confirm
              </>
            }
            mono
            spellCheck={false}
          />
        )}
        <AsCommand
          lines={commandLines.eachSandbox(
            action.key,
            left.map(({ id }) => id),
          )}
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={action.look} busy={form.busy}>
          {failures.length > 0 ? 'Try again' : `${action.word} ${words}`}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function useCall({ key }: BulkAction) {
  const { method } = SandboxService;
  const calls = {
    pause: useMutation(method.pauseSandbox).mutateAsync,
    resume: useMutation(method.resumeSandbox).mutateAsync,
    stop: useMutation(method.stopSandbox).mutateAsync,
    start: useMutation(method.startSandbox).mutateAsync,
    destroy: useMutation(method.destroySandbox).mutateAsync,
  };
  return calls[key];
}
