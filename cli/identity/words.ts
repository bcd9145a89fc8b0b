import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import {
  IdentityEnvironment,
  IdentityScope,
  IdentityState,
  type Approval,
  type Identity,
} from '#proto/muster/v1/identity_pb.js';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';

/** The words for scopes, on the command line. */
export const scopes = {
  'sandbox:read': IdentityScope.SANDBOX_READ,
  'sandbox:manage': IdentityScope.SANDBOX_MANAGE,
  'sandbox:run': IdentityScope.SANDBOX_RUN,
  'fleet:read': IdentityScope.FLEET_READ,
  'workspace:read': IdentityScope.WORKSPACE_READ,
} as const;

export const environments = {
  development: IdentityEnvironment.DEVELOPMENT,
  staging: IdentityEnvironment.STAGING,
  production: IdentityEnvironment.PRODUCTION,
} as const;

export const roles = { operator: KeyRole.OPERATOR, 'read-only': KeyRole.READ_ONLY } as const;

export const sayScopes = (held: readonly IdentityScope[]): string =>
  Object.entries(scopes)
    .filter(([, scope]) => held.includes(scope))
    .map(([word]) => word)
    .join(', ');

export const sayState = ({ state, orphaned }: Identity): string =>
  `${enumWord(IdentityState, state)}${orphaned && state === IdentityState.ACTIVE ? ', stopped: its maker has left' : ''}`;

/** What is known of an identity. */
export const factsOf = (identity: Identity): [string, string][] => [
  ['Name', identity.name],
  ['Id', identity.id],
  ['Team', identity.teamId],
  ['Environment', enumWord(IdentityEnvironment, identity.environment)],
  ['Role', enumWord(KeyRole, identity.role)],
  ['Scopes', sayScopes(identity.scopes)],
  ['State', sayState(identity)],
  ['Bound to', identity.boundHostId],
  ['Rights of', identity.makerName],
  ['Made', sayTime(identity.createdAt)],
  ['Ends', identity.expiresAt ? sayWhen(identity.expiresAt) : ''],
  ['Last used', identity.lastUsedAt ? sayWhen(identity.lastUsedAt) : 'never'],
];

/** Says that a request waits for a second person. */
export function sayWaiting(session: Session, { id, expiresAt }: Approval, dryRun = false): void {
  if (dryRun) {
    session.stdout.write('This would wait for the approval of a second person.\n');
    return;
  }
  session.stdout.write(`${id} waits for approval: another owner runs muster identity approve ${id} --confirm\n`);
  session.stderr.write(`It can be decided until ${sayTime(expiresAt)}. Once it is approved, run this command again.\n`);
}
