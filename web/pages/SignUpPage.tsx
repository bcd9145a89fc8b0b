import { useMutation } from '@connectrpc/connect-query';
import { Link, useLoaderData, useSearch } from '@tanstack/react-router';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { checkNewAccount, NewAccountFields, noAccount } from '../account/NewAccountFields.tsx';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { returnPath } from '../session/return-path.ts';
import { enterAsNewAccount } from '../session/session.ts';
import { inlineLinkClasses } from '../parts/links.ts';

export function SignUpPage() {
  const { next } = useSearch({ from: '/sign-up' });
  const setup = useLoaderData({ from: '/sign-up' });
  const signIn = (
    <Link {...paths.signIn(next)} className={inlineLinkClasses}>
      Sign in
    </Link>
  );
  if (!setup.signUpOpen) {
    return (
      <EntranceFrame
        title="Sign-up is by invite only"
        version={setup}
        summary="On this installation, accounts are made from invites. Ask a platform admin or a member of the team that you want to join."
      >
        <Link {...paths.signIn(next)} className={buttonClasses('secondary')}>
          Back to sign in
        </Link>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title="Sign up"
      version={setup}
      summary="You get a team of your own; sandboxes belong to it."
      below={<>Already have an account? {signIn}</>}
    >
      <SignUpForm next={next} />
    </EntranceFrame>
  );
}

function SignUpForm({ next }: { next: string | undefined }) {
  const signUp = useMutation(AuthService.method.signUp);
  const form = useForm({
    initial: { ...noAccount },
    check: checkNewAccount,
    submit: async ({ name, email, password }) => {
      await signUp.mutateAsync({ name: name.trim(), email: email.trim(), password });
      enterAsNewAccount(returnPath(next, window.location.origin));
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <NewAccountFields name={form.bind('name')} email={form.bind('email')} password={form.bind('password')} />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Sign up
      </Button>
    </form>
  );
}
