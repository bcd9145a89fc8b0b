import type { ReactNode } from 'react';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { Button, type ButtonLook } from './Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from './Dialog.tsx';
import { useForm } from './useForm.ts';

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says. */
  readonly action: string;
  readonly look?: ButtonLook;
  readonly onConfirm: () => Promise<void>;
  readonly command?: ReactNode;
}

/** Asks once more before something that cannot simply be undone. Closes itself when it is done. */
export function Confirm(props: ConfirmProps) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title}>
      <ConfirmForm {...props} />
    </Dialog>
  );
}

function ConfirmForm({ children, action, look = 'danger', onConfirm, onClose, command }: ConfirmProps) {
  const form = useForm({
    initial: {},
    submit: async () => {
      await onConfirm();
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <div className="text-table text-ink-muted">{children}</div>
        {form.problem && <ProblemNote problem={form.problem} />}
        {command}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={look} busy={form.busy}>
          {action}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
