import { useMutation } from '@connectrpc/connect-query';
import { Link, useLoaderData, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { AuthService, type SecondFactorPrompt } from '#proto/muster/v1/auth_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button } from '../parts/Button.tsx';
import { PasswordField, TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { SecondStep } from '../second-factor/SecondStep.tsx';
import { returnPath } from '../session/return-path.ts';
import { enterAsNewAccount } from '../session/session.ts';
import { inlineLinkClasses } from '../parts/links.ts';

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const setup = useLoaderData({ from: '/sign-in' });
  const [prompt, setPrompt] = useState<SecondFactorPrompt>();
  const enter = () => enterAsNewAccount(returnPath(next, window.location.origin));
  if (prompt) {
    return (
      <EntranceFrame
        title="One more step"
        version={setup}
        summary="Your password is right. Now show your second factor."
      >
        <SecondStep prompt={prompt} path="/sign-in" onDone={enter} onRestart={() => setPrompt(undefined)} />
      </EntranceFrame>
    );
  }
  return <FirstStep onSignedIn={enter} onPrompt={setPrompt} />;
}

interface FirstStepProps {
  readonly onSignedIn: () => void;
  readonly onPrompt: (prompt: SecondFactorPrompt) => void;
}

function FirstStep({ onSignedIn, onPrompt }: FirstStepProps) {
  const { next } = useSearch({ from: '/sign-in' });
  const setup = useLoaderData({ from: '/sign-in' });
  const logIn = useMutation(AuthService.method.logIn);
  const form = useForm({
    initial: { email: '', password: '' },
    check: ({ email, password }) => ({
      email: email.trim() === '' ? 'Type your email address.' : undefined,
      password: password === '' ? 'Type your password.' : undefined,
    }),
    submit: async ({ email, password }) => {
      const { secondFactor } = await logIn.mutateAsync({ email: email.trim(), password });
      if (secondFactor) onPrompt(secondFactor);
      else onSignedIn();
    },
  });
  return (
    <EntranceFrame
      title="Sign in"
      version={setup}
      below={
        <>
          No account yet?{' '}
          <Link {...paths.signUp(next)} className={inlineLinkClasses}>
            Sign up
          </Link>
        </>
      }
    >
      <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <TextField
          {...form.bind('email')}
          label="Email"
          type="email"
          autoComplete="username"
          inputMode="email"
          autoFocus
        />
        <PasswordField {...form.bind('password')} label="Password" autoComplete="current-password" />
        {setup.mailConfigured && (
          <Link {...paths.forgotPassword()} className={`self-start text-table ${inlineLinkClasses}`}>
            Forgot your password?
          </Link>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <Button type="submit" look="primary" busy={form.busy}>
          Sign in
        </Button>
      </form>
    </EntranceFrame>
  );
}
