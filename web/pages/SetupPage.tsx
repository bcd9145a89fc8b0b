import { useMutation } from '@connectrpc/connect-query';
import { Link, useLoaderData } from '@tanstack/react-router';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { checkNewAccount, NewAccountFields, noAccount } from '../account/NewAccountFields.tsx';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { enterAsNewAccount } from '../session/session.ts';
import { useFragment } from '../session/useFragment.ts';

export function SetupPage() {
  const setup = useLoaderData({ from: '/setup' });
  const token = useFragment();
  if (!setup.setupRequired) {
    return (
      <EntranceFrame
        title="This Muster is set up"
        version={setup}
        summary="Its first admin exists, so the setup link has done its work."
      >
        <Link {...paths.signIn()} className={buttonClasses('primary')}>
          Sign in
        </Link>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title="Set up Muster"
      version={setup}
      summary="Make the account of the first admin, who runs this installation and adds its machines. You also get a team of your own."
    >
      <SetupForm key={token} token={token} />
    </EntranceFrame>
  );
}

function SetupForm({ token }: { token: string }) {
  const complete = useMutation(SetupService.method.completeSetup);
  const form = useForm({
    initial: { setup_token: token, ...noAccount },
    check: (values) => ({
      setup_token:
        values.setup_token.trim() === '' ? 'Paste the setup token: the server printed it at its start.' : undefined,
      ...checkNewAccount(values),
    }),
    submit: async ({ setup_token, name, email, password }) => {
      await complete.mutateAsync({ setupToken: setup_token.trim(), name: name.trim(), email: email.trim(), password });
      enterAsNewAccount('/');
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      {token === '' && (
        <TextField
          {...form.bind('setup_token')}
          label="Setup token"
          help="The control plane printed it with the setup link at its start. It begins with mst_set_ and lives 30 minutes."
          mono
          spellCheck={false}
        />
      )}
      <NewAccountFields name={form.bind('name')} email={form.bind('email')} password={form.bind('password')} />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Complete setup
      </Button>
    </form>
  );
}
