import type { ReactNode } from 'react';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { Button } from './Button.tsx';
import { CopyText } from './Copy.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from './Dialog.tsx';
import { TextField } from './Field.tsx';
import { useForm } from './useForm.ts';

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What is lost. */
  readonly children: ReactNode;
  /** What must be typed. */
  readonly name: string;
  /** What the button says. */
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly command?: ReactNode;
}

/** Asks for the name of what is destroyed. Closes itself when it is done. */
export function ConfirmByName(props: ConfirmProps) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title}>
      <ConfirmForm {...props} />
    </Dialog>
  );
}

function ConfirmForm({ children, name, action, onConfirm, onClose, command }: ConfirmProps) {
  const form = useForm({
    initial: { confirmation: '' },
    check: ({ confirmation }) => ({
      confirmation: confirmation.trim() === name ? undefined : `This is not “${name}”. Type it exactly to go on.`,
    }),
    submit: async () => {
      await onConfirm();
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <div className="text-table text-ink-muted">{children}</div>
        <TextField
          {...form.bind('confirmation')}
          label="Type the name to confirm"
          help={
            <>
              The name is <CopyText text={name} label="the name" className="text-small" />
            </>
          }
          mono
          spellCheck={false}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        {command}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="danger" busy={form.busy}>
          {action}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
