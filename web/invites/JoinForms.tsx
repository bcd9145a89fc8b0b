import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AuthService, type Caller, type SecondFactorPrompt } from '#proto/muster/v1/auth_pb.js';
import type { Invite } from '#proto/muster/v1/invite_pb.js';
import { checkNewAccount, NewAccountFields } from '../account/NewAccountFields.tsx';
import { Button } from '../parts/Button.tsx';
import { PasswordField, TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { SecondStep } from '../second-factor/SecondStep.tsx';
import { enterAsNewAccount } from '../session/session.ts';
import { useJoin } from './useJoin.ts';

interface JoinProps {
  readonly invite: Invite;
  readonly token: string;
}

/** For an address without an account: makes one and joins. */
export function JoinAsNewUser({ invite, token }: JoinProps) {
  const join = useJoin();
  const form = useForm({
    initial: { name: '', email: invite.email, password: '' },
    check: checkNewAccount,
    submit: ({ name, password }) => join({ token, name: name.trim(), password }),
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <NewAccountFields
        name={form.bind('name')}
        email={form.bind('email')}
        password={form.bind('password')}
        emailGiven
      />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Make account and join
      </Button>
    </form>
  );
}

/** For an address with an account: signs in here, so that the token never has to travel to another page, and joins. */
export function SignInAndJoin({ invite, token }: JoinProps) {
  const logIn = useMutation(AuthService.method.logIn);
  const join = useJoin();
  const [prompt, setPrompt] = useState<SecondFactorPrompt>();
  const form = useForm({
    initial: { email: invite.email, password: '' },
    check: ({ password }) => ({ password: password === '' ? 'Type your password.' : undefined }),
    submit: async ({ email, password }) => {
      const { secondFactor } = await logIn.mutateAsync({ email, password });
      if (secondFactor) setPrompt(secondFactor);
      else await join({ token });
    },
  });
  if (prompt) {
    // In the fragment the token never leaves the browser.
    const path = `/invite#${token}`;
    return (
      <SecondStep prompt={prompt} path={path} onDone={() => join({ token })} onRestart={() => setPrompt(undefined)} />
    );
  }
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField
        {...form.bind('email')}
        label="Email"
        help="The invite is for this address, and it has an account."
        readOnly
        type="email"
        autoComplete="username"
      />
      <PasswordField {...form.bind('password')} label="Password" autoComplete="current-password" />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Sign in and join
      </Button>
    </form>
  );
}

/** For the one who is signed in with the invited address. */
export function JoinAsUser({ invite, token, user }: JoinProps & { user: Caller }) {
  const join = useJoin();
  const form = useForm({ initial: {}, submit: () => join({ token }) });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <p className="text-table text-ink-muted">
        You are signed in as <strong className="font-medium text-ink">{user.name}</strong> ({user.email}).
      </p>
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Join {invite.teamName}
      </Button>
    </form>
  );
}

/** For somebody who is signed in with another address: signs them out and opens the invite again. */
export function SwitchAccount({ invite, token, user }: JoinProps & { user: Caller }) {
  const logOut = useMutation(AuthService.method.logOut);
  const form = useForm({
    initial: {},
    submit: async () => {
      await logOut.mutateAsync({});
      // In the fragment again: it never leaves the browser, and the page takes it out of the address bar at once.
      enterAsNewAccount(`/invite#${token}`);
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <p className="text-body text-ink-muted">
        It is for <strong className="font-medium wrap-anywhere text-ink">{invite.email}</strong>. You are signed in as{' '}
        <strong className="font-medium text-ink">{user.name}</strong>, with{' '}
        <span className="wrap-anywhere">{user.email}</span>.
      </p>
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Sign out and switch account
      </Button>
    </form>
  );
}
