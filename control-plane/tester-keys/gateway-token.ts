import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { issueToken, renewToken } from '../gateway/index.ts';
import { memberRole } from '../teams/index.ts';
import { keepSecret } from '../settings/index.ts';
import { isSeeded } from './choose.ts';
import type { Keyring } from './keyring.ts';
import { tokenName } from './names.ts';
import { readProviders } from './read.ts';
import { findAgedTokens, lockKeyring, readKeyrings, setToken } from './store.ts';

/** How old a token becomes before another secret takes its place, and how long the one before still works then. */
const rotateAfterDays = 30;
const overlapMs = 7 * 24 * 3_600_000;

/**
 * Sees to it that a team that was given keys has a token of the model gateway that works, where the gateway leads
 * anywhere. Called with its keyring locked: the token and its secret are made in one transaction.
 */
export async function ensureToken(sql: Sql, context: Context, teamId: string): Promise<boolean> {
  const [[keyring], providers] = await Promise.all([
    readKeyrings(sql, [teamId]),
    readProviders({ sql, config: context.config }),
  ]);
  if (!isSeeded(keyring) || keyring.tokenIsActive) return false;
  if (!providers.some(({ gatewayLeadsHere }) => gatewayLeadsHere)) return false;
  // Who has left the team has no use there that could be counted.
  if (!(await memberRole(sql, teamId, keyring.holderId))) return false;
  const request = { teamId, userId: keyring.holderId, name: 'Sandboxes', requestId: '' };
  const { token, secret } = await issueToken(sql, context, request);
  await keepSecret(sql, context, tokenName(teamId), secret);
  await setToken(sql, teamId, token.id);
  await announce(sql, 'keyring', [teamId]);
  return true;
}

/** Makes tokens for those who lack one since the gateway leads somewhere; what was revoked stays so until keys are seeded anew. */
export async function tendTokens(context: Context): Promise<{ readonly made: number; readonly rotated: number }> {
  let made = 0;
  const lacking = (await readKeyrings(context.sql)).filter(({ tokenId }: Keyring) => tokenId === null);
  for (const { teamId } of lacking)
    made += await context.transaction(async (sql) => {
      await lockKeyring(sql, teamId);
      return (await ensureToken(sql, context, teamId)) ? 1 : 0;
    });
  const aged = await findAgedTokens(context.sql, rotateAfterDays);
  for (const { teamId } of aged)
    await context.transaction(async (sql) => {
      const { tokenId } = await lockKeyring(sql, teamId);
      const [still] = await findAgedTokens(sql, rotateAfterDays, teamId);
      if (!still || tokenId === null) return;
      const { secret } = await renewToken(sql, context, tokenId, overlapMs);
      await keepSecret(sql, context, tokenName(teamId), secret);
      await announce(sql, 'keyring', [teamId]);
    });
  return { made, rotated: aged.length };
}
