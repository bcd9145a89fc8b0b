import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { UserCaller } from '../access/index.ts';
import type { Origin, Services } from '../context.ts';
import { Refusal } from '../errors.ts';
import { accountOf } from './materialise.ts';
import type { Person } from './person.ts';
import { findPerson, type KnownPerson } from './store.ts';

type SsoKind = 'trusted_header' | 'oidc_token';

/** Whom the word of a sign-in service stands for. The role is the one that comes with this request. */
export async function callerOfPerson(
  services: Services,
  kind: SsoKind,
  person: Person,
  origin: Origin,
  endsAtMs?: number,
): Promise<UserCaller> {
  const account = await accountOf(services, person, origin);
  if (!account.active) throw lockedOut();
  const memberships = account.memberships
    .filter(({ ssoName }) => person.teams.includes(ssoName ?? ''))
    .map((membership) => ({ ...membership, role: person.role }));
  const active = memberships.find(({ ssoName }) => ssoName === person.teams[0]);
  return { ...callerFrom(kind, person, account), memberships, activeTeamId: active?.teamId, endsAtMs };
}

/** The same for a stream that runs: as the service's last word was. Undefined for who is locked out. */
export async function readPersonCaller(services: Services, caller: UserCaller): Promise<UserCaller | undefined> {
  const { kind, sso } = caller;
  if (!sso || (kind !== 'trusted_header' && kind !== 'oidc_token')) return undefined;
  const account = await findPerson(services.pool, sso.source, sso.id);
  return account?.active ? callerFrom(kind, sso, account) : undefined;
}

const callerFrom = (
  kind: SsoKind,
  { source, id }: Pick<Person, 'source' | 'id'>,
  { userId, name, email, platformAdmin, memberships }: KnownPerson,
): UserCaller => ({
  kind,
  actor: `user:${userId}`,
  credentialId: kind,
  userId,
  name,
  email,
  platformAdmin,
  sso: { source, id },
  memberships,
  activeTeamId: memberships[0]?.teamId,
});

/** Nobody can get here who was not signed in at the service: they may know. */
const lockedOut = () =>
  new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'Your account is locked on this installation.', {
    help: 'Ask a platform admin to let you in again.',
  });
