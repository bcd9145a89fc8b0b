import type { Secret } from '#contract/secret.ts';
import { mintToken } from '#contract/token.ts';
import { userOf, type KeyRole } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { attempt, insertCredential } from '../credentials/index.ts';
import { newId } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { invalidField } from '../errors.ts';
import { visibleKey } from './find.ts';
import type { ApiKey } from './key.ts';
import { findKeyByRequest, insertKey, type NewKey } from './store.ts';

/** What somebody asks for. Empty strings are what is not set. */
export interface KeyRequest {
  readonly name: string;
  readonly teamId: string;
  readonly role: KeyRole;
  readonly lifetimeMs: number | undefined;
  readonly noExpiryReason: string;
  readonly boundTeamId: string;
  readonly boundHostId: string;
  readonly requestId: string;
}

/** A key and, the one time that it is known, its secret. */
export interface MintedKey {
  readonly key: ApiKey;
  readonly secret: Secret | undefined;
}

const defaultLifetimeMs = 90 * 86_400_000;

/** Mints a key. The same request id of the same caller answers the same key, without its secret. */
export function createKey(context: Context, request: KeyRequest, dryRun: boolean): Promise<MintedKey> {
  requireFitting(request);
  const { actor } = context.caller;
  const requestId = request.requestId === '' ? undefined : `${actor}:${request.requestId}`;
  return attempt(context, dryRun, async (sql) => {
    const key: NewKey = {
      id: newId('key'),
      name: displayName('name', request.name),
      teamId: request.teamId || undefined,
      role: request.role,
      ...makerOf(context),
      createdBy: actor,
      boundTeamId: request.boundTeamId || undefined,
      boundHostId: request.boundHostId || undefined,
      lifetimeMs: lifetimeOf(context, request),
      noExpiryReason: request.noExpiryReason.trim(),
      requestId,
    };
    if (!(await insertKey(sql, key))) {
      const earlier = requestId === undefined ? undefined : await findKeyByRequest(sql, requestId);
      return { key: await visibleKey(context, earlier ?? key.id, sql), secret: undefined };
    }
    const kind = key.teamId === undefined ? 'org' : 'team';
    const token = mintToken(kind);
    await insertCredential(sql, { id: token.id, tokenHash: token.hash, kind: `${kind}_key`, ownerId: key.id });
    const { name, role, lifetimeMs, noExpiryReason, boundTeamId, boundHostId } = key;
    await recordAudit(sql, context, {
      action: 'api_key.create',
      target: key.id,
      teamId: key.teamId ?? null,
      after: {
        name,
        role,
        lifetimeMs: lifetimeMs ?? null,
        noExpiryReason,
        boundTeamId,
        boundHostId,
        credential: token.id,
      },
    });
    return { key: await visibleKey(context, key.id, sql), secret: dryRun ? undefined : token.secret };
  });
}

function requireFitting({ teamId, role, boundTeamId, lifetimeMs, noExpiryReason }: KeyRequest): void {
  if (teamId !== '' && role === 'admin')
    throw invalidField(
      'role',
      'A key of a team is an operator or read-only; only keys of the installation are admins.',
    );
  if (teamId !== '' && boundTeamId !== '')
    throw invalidField('bound_team_id', 'A key of a team works in that team alone: leave bound_team_id out.');
  if (lifetimeMs !== undefined && noExpiryReason.trim() !== '')
    throw invalidField('no_expiry_reason', 'Give a lifetime, or the reason why the key never ends, not both.');
}

/** Whose rights bound the new key. What a key makes is bound by whoever bounds that key. */
function makerOf({ caller }: Context): Pick<NewKey, 'makerId' | 'makerKeyId'> {
  if (caller.kind !== 'org_key') return { makerId: userOf(caller).userId, makerKeyId: undefined };
  return { makerId: caller.makerId, makerKeyId: caller.bootstrap ? caller.keyId : caller.makerKeyId };
}

/** In milliseconds; undefined for a key that never ends. A key makes none that outlives it. */
function lifetimeOf({ caller, clock }: Context, { lifetimeMs, noExpiryReason }: KeyRequest): number | undefined {
  const never = noExpiryReason.trim() !== '';
  const longest = caller.kind === 'org_key' && caller.expiresAt ? caller.expiresAt.getTime() - clock.now() : Infinity;
  if (longest < Infinity && (never || (lifetimeMs ?? 0) > longest)) {
    const field = never ? 'no_expiry_reason' : 'lifetime';
    throw invalidField(field, 'A key that a key makes ends no later than that one: sign in as a user for more.');
  }
  return never ? undefined : (lifetimeMs ?? Math.min(defaultLifetimeMs, longest));
}
