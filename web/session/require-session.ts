import { createQueryOptions } from '@connectrpc/connect-query';
import type { Transport } from '@connectrpc/connect';
import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';
import { AuthService, type Caller } from '#proto/muster/v1/auth_pb.js';
import { SetupService, SignInMode, type GetSetupResponse } from '#proto/muster/v1/setup_pb.js';
import { isSignedOut } from '../problems/problem.ts';
import { hasPasswords } from './sign-in-modes.ts';

/** What every route can reach. */
export interface ConsoleContext {
  readonly queryClient: QueryClient;
  readonly transport: Transport;
}

export const callerOptions = ({ transport }: Pick<ConsoleContext, 'transport'>) => ({
  ...createQueryOptions(AuthService.method.getCaller, {}, { transport }),
  staleTime: 60_000,
  retry: false,
});

/** The state of the installation: whether it is set up, and whether anybody may sign up. */
export const loadSetup = ({ queryClient, transport }: ConsoleContext): Promise<GetSetupResponse> =>
  queryClient.ensureQueryData(createQueryOptions(SetupService.method.getSetup, {}, { transport }));

/** The signed-in user. Who is not signed in is led to setup or to sign in, and comes back here afterwards. */
export async function requireSession(
  context: ConsoleContext,
  href: string,
): Promise<{ caller: Caller; setup: GetSetupResponse }> {
  let refused: unknown;
  try {
    const { caller } = await context.queryClient.ensureQueryData(callerOptions(context));
    if (caller?.secondFactorDemand) throw redirect({ to: '/second-factor', search: { next: homeless(href) } });
    if (caller !== undefined) return { caller, setup: await loadSetup(context) };
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    refused = error;
  }
  const setup = await loadSetup(context);
  // Behind a sign-in proxy there is no way in from here: the reason is all that can be shown.
  if (setup.signInMode === SignInMode.TRUSTED_HEADER && refused) throw refused;
  throw setup.setupRequired
    ? redirect({ to: '/setup' })
    : redirect({ to: '/sign-in', search: { next: homeless(href) } });
}

/** Home is where people come to anyway. */
const homeless = (href: string): string | undefined => (href === '/' ? undefined : href);

/** The signed-in user who has to add a second factor before anything else. Others have nothing to do there. */
export async function requireConfined(context: ConsoleContext): Promise<{ caller: Caller }> {
  const { visitor } = await findSession(context);
  if (visitor?.secondFactorDemand === undefined) throw redirect({ to: '/' });
  return { caller: visitor };
}

/** The signed-in user, for a page that is also for those who are not. */
export async function findSession(context: ConsoleContext): Promise<{ visitor: Caller | undefined }> {
  const answer = await context.queryClient.ensureQueryData(callerOptions(context)).catch((error: unknown) => {
    if (isSignedOut(error)) return undefined;
    throw error;
  });
  return { visitor: answer?.caller };
}

/** Keeps the signed-in away from a page for those who are not. */
export async function requireNoSession(context: ConsoleContext): Promise<void> {
  const { visitor } = await findSession(context);
  if (visitor !== undefined) throw redirect({ to: '/' });
}

/** Leads away from a page that is only for installations with passwords. */
export async function requirePasswords(context: ConsoleContext): Promise<void> {
  if (!hasPasswords(await loadSetup(context))) throw redirect({ to: '/sign-in' });
}

/** Keeps everybody from the sign-in page who has nothing to do there: the signed-in, and those whom a proxy signs in. */
export async function requireWayIn(context: ConsoleContext): Promise<void> {
  await requireNoSession(context);
  const { signInMode } = await loadSetup(context);
  // There, it is said what is wrong.
  if (signInMode === SignInMode.TRUSTED_HEADER) throw redirect({ to: '/' });
}
