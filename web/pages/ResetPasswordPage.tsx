import { Code, ConnectError } from '@connectrpc/connect';
import { useMutation } from '@connectrpc/connect-query';
import { Link, useLoaderData } from '@tanstack/react-router';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { passwordError } from '../account/password.ts';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { PasswordField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useFragment } from '../session/useFragment.ts';

type Outcome = 'done' | 'over';

export function ResetPasswordPage() {
  const setup = useLoaderData({ from: '/reset' });
  const token = useFragment();
  const [outcome, setOutcome] = useState<Outcome>();
  if (outcome === 'done') {
    return (
      <EntranceFrame
        title="Your password is set"
        version={setup}
        summary="All sessions of your account have ended. Sign in with the new password."
      >
        <Link {...paths.signIn()} className={buttonClasses('primary')}>
          Sign in
        </Link>
      </EntranceFrame>
    );
  }
  if (token === '' || outcome === 'over') {
    return (
      <EntranceFrame
        title="This link does not count"
        version={setup}
        summary="It was used, its hour is over, or it is not whole. Ask for a new one; if this page was loaded again, open the link once more."
      >
        <Link {...paths.forgotPassword()} className={buttonClasses('secondary')}>
          Ask for a new link
        </Link>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title="Choose a new password"
      version={setup}
      summary="All sessions of your account end when it is set."
    >
      <ResetPasswordForm key={token} token={token} onEnd={setOutcome} />
    </EntranceFrame>
  );
}

/** One answer for every cause: whoever does not hold a good token learns nothing. */
const countsNoMore = (error: unknown): boolean => error instanceof ConnectError && error.code === Code.Unauthenticated;

function ResetPasswordForm({ token, onEnd }: { token: string; onEnd: (outcome: Outcome) => void }) {
  const reset = useMutation(AuthService.method.resetPassword);
  const form = useForm({
    initial: { new_password: '' },
    check: ({ new_password }) => ({ new_password: passwordError(new_password) }),
    submit: async ({ new_password }) => {
      try {
        await reset.mutateAsync({ token, newPassword: new_password });
        onEnd('done');
      } catch (error) {
        if (!countsNoMore(error)) throw error;
        onEnd('over');
      }
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <PasswordField
        {...form.bind('new_password')}
        label="New password"
        help="At least 12 characters. A few words are better than one clever one."
        autoComplete="new-password"
      />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Set the password
      </Button>
    </form>
  );
}
