import { openSession, resolveCaller, sessionCookie } from '../auth/index.ts';
import { makeContext, type Context } from '../context.ts';
import { createUser, hashPassword } from '../users/index.ts';
import { clientsOf, clientsWithToken, type Clients } from './clients.ts';

/** A user with a team of their own, signed in. */
export interface TestUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly teamId: string;
  readonly sessionId: string;
  /** The session's token, as the cookie carries it. */
  readonly sessionToken: string;
  /** A user token, for `Authorization: Bearer`. */
  readonly token: string;
  readonly clients: Clients;
  /** The same user at a browser, with the session's cookie. */
  readonly browser: Clients;
}

const password = 'correct horse battery';

/** Makes a user and signs them in, without the doors that are tested elsewhere. */
export async function makeTestUser(
  url: string,
  context: Context,
  { name, platformAdmin = false }: { name: string; platformAdmin?: boolean },
): Promise<TestUser> {
  const email = `${name.toLowerCase()}@example.org`;
  const passwordHash = await hashPassword(password);
  const made = await context.transaction(async (sql) => {
    const userId = await createUser(sql, context, { name, email, passwordHash, platformAdmin });
    return { userId, session: await openSession(sql, context, { userId, userAgent: 'test', how: 'password' }) };
  });
  const { token } = await context.installation.tokens.sign({
    audience: 'muster-user',
    subject: made.userId,
    lifetimeMs: 3_600_000,
    claims: { sid: made.session.id },
  });
  const clients = clientsWithToken(url, token.reveal());
  const { caller } = await clients.auth.getCaller({});
  return {
    id: made.userId,
    name,
    email,
    password,
    teamId: caller!.activeTeamId,
    sessionId: made.session.id,
    sessionToken: made.session.token.reveal(),
    token: token.reveal(),
    clients,
    browser: clientsInBrowser(url, context, made.session.token.reveal()),
  };
}

/** Clients that present a session's cookie, as the console's own page. */
export const clientsInBrowser = (url: string, { publicUrl }: Pick<Context, 'publicUrl'>, session: string): Clients =>
  clientsOf(url, { cookie: `${sessionCookie(publicUrl).name}=${session}`, origin: publicUrl });

/** A context as a request of this user would have it. */
export async function contextOf(context: Context, user: TestUser): Promise<Context> {
  const caller = await resolveCaller(context, { kind: 'cookie', value: user.sessionToken }, context.origin);
  return makeContext(context, {
    caller,
    origin: { requestId: 'test', address: '127.0.0.1', userAgent: 'test', loopback: true },
    signal: context.signal,
  });
}
