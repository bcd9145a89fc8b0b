import { useMutation } from '@connectrpc/connect-query';
import { Link, useLoaderData } from '@tanstack/react-router';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

export function ForgotPasswordPage() {
  const setup = useLoaderData({ from: '/forgot-password' });
  const [asked, setAsked] = useState<string>();
  const back = (
    <Link {...paths.signIn()} className={inlineLinkClasses}>
      Back to sign in
    </Link>
  );
  if (!setup.mailConfigured) {
    return (
      <EntranceFrame
        title="Ask a platform admin"
        version={setup}
        summary="This installation sends no mail. A platform admin can make a link for you that sets a new password."
        below={back}
      >
        {null}
      </EntranceFrame>
    );
  }
  if (asked !== undefined) {
    return (
      <EntranceFrame
        title="Look into your mailbox"
        version={setup}
        summary={`If there is an account for ${asked}, a link is on its way there. It works once, for an hour.`}
        below={back}
      >
        {null}
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title="Forgot your password?"
      version={setup}
      summary="Type the address of your account: you get a link by mail that sets a new password."
      below={back}
    >
      <ForgotPasswordForm onAsked={setAsked} />
    </EntranceFrame>
  );
}

function ForgotPasswordForm({ onAsked }: { onAsked: (email: string) => void }) {
  const request = useMutation(AuthService.method.requestPasswordReset);
  const form = useForm({
    initial: { email: '' },
    check: ({ email }) => ({
      email: email.includes('@') ? undefined : 'Type your email address, such as you@example.com.',
    }),
    submit: async ({ email }) => {
      await request.mutateAsync({ email: email.trim() });
      onAsked(email.trim());
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField
        {...form.bind('email')}
        label="Email"
        type="email"
        autoComplete="username"
        inputMode="email"
        autoFocus
      />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Send the link
      </Button>
    </form>
  );
}
