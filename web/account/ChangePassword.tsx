import { useMutation } from '@connectrpc/connect-query';
import { Code, ConnectError } from '@connectrpc/connect';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { PasswordField } from '../parts/Field.tsx';
import { Panel } from '../parts/Page.tsx';
import { useForm } from '../parts/useForm.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { passwordError } from './password.ts';

/** Changes one's password; a fresh form after each change. */
export function ChangePassword() {
  const [changes, setChanges] = useState(0);
  return <ChangePasswordForm key={changes} onChanged={() => setChanges(changes + 1)} />;
}

function ChangePasswordForm({ onChanged }: { onChanged: () => void }) {
  const change = useMutation(AuthService.method.changePassword);
  const queries = useQueryClient();
  const tell = useTell();
  const [wrong, setWrong] = useState<string>();
  const form = useForm({
    initial: { current_password: '', new_password: '' },
    check: (values) => ({
      current_password: values.current_password === '' ? 'Type your present password.' : undefined,
      new_password: passwordError(values.new_password),
    }),
    submit: async (values) => {
      setWrong(undefined);
      try {
        await change.mutateAsync({ currentPassword: values.current_password, newPassword: values.new_password });
      } catch (error) {
        // The answer for a wrong password is that of every failed sign-in: it belongs to the field.
        if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) throw error;
        return setWrong(toProblem(error).message);
      }
      tell('Your password is changed. Your other sessions have ended.');
      await queries.invalidateQueries();
      onChanged();
    },
  });
  const current = form.bind('current_password');
  return (
    <Panel>
      <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex max-w-narrow flex-col gap-4 p-4">
        <PasswordField
          {...current}
          error={current.error ?? (wrong && 'This is not your present password.')}
          label="Present password"
          autoComplete="current-password"
        />
        <PasswordField
          {...form.bind('new_password')}
          label="New password"
          help="At least 12 characters. A few words are better than one clever one."
          autoComplete="new-password"
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <Button type="submit" look="primary" busy={form.busy} className="self-start">
          Change password
        </Button>
      </form>
    </Panel>
  );
}
