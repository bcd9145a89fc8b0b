import { useLoaderData, useSearch } from '@tanstack/react-router';
import { SignInMode } from '#proto/muster/v1/setup_pb.js';
import { returnPath } from '../session/return-path.ts';
import { KeysOnlyPage, ServiceSignInPage } from './ServiceSignInPage.tsx';
import { SignInPage } from './SignInPage.tsx';

/** The way in that this installation has. */
export function EntrancePage() {
  const { next, problem, claim } = useSearch({ from: '/sign-in' });
  const setup = useLoaderData({ from: '/sign-in' });
  switch (setup.signInMode) {
    case SignInMode.OIDC:
      return (
        <ServiceSignInPage
          setup={setup}
          next={returnPath(next, window.location.origin)}
          problem={problem}
          claim={claim}
        />
      );
    case SignInMode.KEYS_ONLY:
      return <KeysOnlyPage setup={setup} />;
    default:
      return <SignInPage />;
  }
}
