import { timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import { parseToken } from '#contract/token.ts';
import { anonymous, type Caller, type HostCaller, type UserCaller } from '../access/index.ts';
import type { Origin, Services } from '../context.ts';
import { callerOfKey } from '../credentials/index.ts';
import { lookUp } from '../database/index.ts';
import { unauthenticated } from '../errors.ts';
import { callerOfPerson } from '../sso/index.ts';
import type { Credential } from './credential.ts';
import { findLiveSessions, touchSession, type LiveSession } from './store.ts';

/** Compared with where there is no session, so that the time tells nothing. */
const nobodysHash = Buffer.alloc(32);

/**
 * Who a credential stands for at this moment: session, user and teams are read anew at every request. A cookie that is
 * over stands for nobody, because browsers send it unasked, also when somebody signs in; anything else that is not
 * valid is refused.
 */
export async function resolveCaller(services: Services, credential: Credential, origin: Origin): Promise<Caller> {
  switch (credential.kind) {
    case 'none':
      return anonymous;
    case 'cookie':
      return (await sessionOfCookie(services, credential.value)) ?? anonymous;
    case 'person':
      return callerOfPerson(services, 'trusted_header', credential.person, origin);
    case 'bearer': {
      const caller = await callerOfBearer(services, credential.value, origin);
      if (!caller) throw unauthenticated();
      return caller;
    }
    case 'key': {
      const token = parseToken(credential.value);
      const known = token && credential.allowed.includes(token.kind) && (await callerOfKey(services, token, origin));
      if (!known) throw unauthenticated();
      return known;
    }
  }
}

async function sessionOfCookie(services: Services, value: string): Promise<UserCaller | undefined> {
  const token = parseToken(value, 'ses');
  if (!token) return undefined;
  const session = await liveSession(services, token.id);
  const matches = timingSafeEqual(session?.tokenHash ?? nobodysHash, token.hash);
  return session && matches ? usedBy(services, userCaller('session', session), session) : undefined;
}

async function callerOfBearer(
  services: Services,
  value: string,
  origin: Origin,
): Promise<UserCaller | HostCaller | undefined> {
  const { tokens } = services.installation;
  const remembered = tokens.remembered(value);
  const { aud, iss } = remembered ? { aud: remembered.audience, iss: undefined } : claimsOf(value);
  if (services.oidc && iss === services.oidc.issuer) {
    const token = await services.oidc.personOfToken(value);
    return token && callerOfPerson(services, 'oidc_token', token.person, origin, token.endsAtMs);
  }
  switch (aud) {
    case 'muster-user': {
      const token = remembered?.token ?? (await tokens.verify(value, 'muster-user'));
      const sessionId = token?.claims['sid'];
      if (typeof sessionId !== 'string') return undefined;
      const session = await liveSession(services, sessionId);
      if (!session || session.userId !== token?.subject) return undefined;
      return usedBy(services, userCaller('user_token', session, token.expiresAt.getTime()), session);
    }
    case 'muster-host': {
      const token = remembered?.token ?? (await tokens.verify(value, 'muster-host'));
      return token && hostCaller(token.subject, token.id, token.claims);
    }
    default:
      return undefined;
  }
}

/** A user's caller by the id of their session, as it is at this moment. Undefined where the session is over. Its use is not written. */
export async function readUserCaller(
  services: Services,
  kind: UserCaller['kind'],
  sessionId: string,
): Promise<UserCaller | undefined> {
  const session = await liveSession(services, sessionId);
  return session && userCaller(kind, session);
}

/** A session that counts: one of another way of signing in does not, as long as people sign in differently. */
async function liveSession({ pool, config }: Services, sessionId: string): Promise<LiveSession | undefined> {
  const session = await lookUp(pool, findLiveSessions, sessionId);
  return session?.signIn === config.signIn.mode ? session : undefined;
}

/** Whose a JWT says it is, and what for. Nothing is believed yet: it only chooses which check it has to pass. */
function claimsOf(value: string): { aud?: unknown; iss?: unknown } {
  try {
    return decodeJwt(value);
  } catch {
    return {};
  }
}

/** Writes that a session was used by this caller, where that is due. */
function usedBy({ pool, log }: Services, caller: UserCaller, { id, stale }: LiveSession): UserCaller {
  if (stale) {
    // Nobody waits for it, and nothing depends on it: the next request writes it again.
    touchSession(pool, id).catch((error: unknown) => log.debug({ err: error }, 'the use of a session was not written'));
  }
  return caller;
}

function userCaller(kind: UserCaller['kind'], session: LiveSession, endsAtMs?: number): UserCaller {
  const { memberships } = session;
  const active = memberships.find(({ teamId }) => teamId === session.activeTeamId) ?? memberships[0];
  return {
    kind,
    actor: `user:${session.userId}`,
    credentialId: session.id,
    userId: session.userId,
    name: session.name,
    email: session.email,
    platformAdmin: session.platformAdmin,
    memberships,
    activeTeamId: active?.teamId,
    // The sign-in service asks for its own.
    secondFactorDemand: session.sso ? undefined : session.secondFactorDemand,
    sso: session.sso ?? undefined,
    endsAtMs,
  };
}

function hostCaller(
  subject: string,
  tokenId: string,
  claims: Readonly<Record<string, unknown>>,
): HostCaller | undefined {
  const [, hostId] = /^host:(host[0-9a-z]{12,})$/.exec(subject) ?? [];
  const { epoch, gen } = claims;
  if (hostId === undefined || typeof epoch !== 'number' || typeof gen !== 'number') return undefined;
  return { kind: 'host', actor: subject, credentialId: tokenId, hostId, epoch, generation: gen };
}
