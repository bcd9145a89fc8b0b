import { mintToken } from '#contract/token.ts';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import {
  attempt,
  insertCredential,
  listCredentials,
  retireCredentials,
  revokeCredentials,
} from '../credentials/index.ts';
import { notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { lockTeam, requireStill } from '../teams/index.ts';
import type { MintedKey } from './create.ts';
import { visibleKey } from './find.ts';
import { keyActions, type ApiKey } from './key.ts';
import { endKey, extendKey, lockKey, setMaker } from './store.ts';

/** Gives a key a new secret and its lifetime anew; the old secrets work for the overlap at most. */
export function rotateKey(
  context: Context,
  { id, teamId }: ApiKey,
  overlapMs: number,
  dryRun: boolean,
): Promise<MintedKey> {
  return attempt(context, dryRun, async (sql) => {
    if (teamId !== null) {
      // The secret may do what somebody else may: who asks may have been demoted since the request came in.
      if (!(await lockTeam(sql, teamId))) throw notFound('key');
      await requireStill(sql, context, 'api_key.rotate', teamId);
    }
    await lockKey(sql, id);
    const key = await visibleKey(context, id, sql);
    requireAllowed(keyActions.rotate, key.state);
    const old = (await listCredentials(sql, id)).filter(({ state }) => state !== 'revoked').map((one) => one.id);
    await retireCredentials(sql, old, overlapMs);
    await extendKey(sql, id);
    const kind = key.teamId === null ? 'org' : 'team';
    const token = mintToken(kind);
    await insertCredential(sql, { id: token.id, tokenHash: token.hash, kind: `${kind}_key`, ownerId: id });
    await recordAudit(sql, context, {
      action: 'api_key.rotate',
      target: id,
      teamId: key.teamId,
      before: { credential: key.credentialId },
      after: { credential: token.id, overlapMs },
    });
    await announce(sql, 'credential', old);
    return { key: await visibleKey(context, id, sql), secret: dryRun ? undefined : token.secret };
  });
}

/** Ends a key, on every replica from its next request on. Idempotent. */
export function revokeKey(context: Context, { id }: ApiKey, dryRun: boolean): Promise<ApiKey> {
  return attempt(context, dryRun, async (sql) => {
    await lockKey(sql, id);
    if (await endKey(sql, id)) {
      await revokeCredentials(sql, id);
      const { teamId, name } = await visibleKey(context, id, sql);
      await recordAudit(sql, context, { action: 'api_key.revoke', target: id, teamId, before: { name } });
      // What it made may end with it.
      await announce(sql, 'credential', ['*']);
    }
    return visibleKey(context, id, sql);
  });
}

/** Makes the caller the maker of a key whose maker has no role any more, so that it works again. */
export function takeOverKey(context: Context, caller: UserCaller, { id }: ApiKey, dryRun: boolean): Promise<ApiKey> {
  return attempt(context, dryRun, async (sql) => {
    await lockKey(sql, id);
    const key = await visibleKey(context, id, sql);
    requireAllowed(keyActions.takeOver, key.state);
    await setMaker(sql, id, caller.userId);
    await recordAudit(sql, context, {
      action: 'api_key.take_over',
      target: id,
      teamId: key.teamId,
      before: { maker: key.maker },
      after: { maker: caller.actor },
    });
    return visibleKey(context, id, sql);
  });
}
