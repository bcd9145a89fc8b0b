import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { stopToken } from '../gateway/index.ts';
import { assistantProviders, forgetSecrets } from '../settings/index.ts';
import { sourceOf } from './choose.ts';
import { ensureToken } from './gateway-token.ts';
import { ownKeyName, tokenName } from './names.ts';
import { readTeamKeys } from './read.ts';
import { findEndedKeyrings, lockKeyring, setEnded, setHolder, setToken, unwantMinted } from './store.ts';

/** Who is given keys, and the team whose sandboxes they are for. */
export interface Holder {
  readonly userId: string;
  readonly teamId: string;
}

/**
 * Gives the sandboxes of a team keys at every provider that is set up: what there is of them at once, those that are to be
 * minted as soon as they are. Keys of the team's own stay as they are. Idempotent; doing it again makes anew what was
 * revoked. Answers what it came to, in a sentence.
 */
export async function seedKeys(context: Context, { userId, teamId }: Holder): Promise<{ readonly sentence: string }> {
  await context.transaction(async (sql) => {
    const { holderId } = await lockKeyring(sql, teamId);
    if (holderId !== userId) {
      await setHolder(sql, teamId, userId);
      await recordAudit(sql, context, {
        action: 'provider_key.seed',
        target: teamId,
        teamId,
        before: { holder: holderId },
        after: { holder: userId },
      });
    }
    await ensureToken(sql, context, teamId);
    await announce(sql, 'keyring', [teamId]);
  });
  return { sentence: await describeKeys(context, teamId) };
}

/**
 * Takes from a team what it was given, and the keys of its own with it: those that were minted end at their provider, the
 * token of the gateway ends at once. Idempotent; nothing where somebody else holds the keys of the team by now.
 */
export async function removeKeys(context: Context, { userId, teamId }: Holder): Promise<void> {
  await context.transaction(async (sql) => {
    const { holderId } = await lockKeyring(sql, teamId);
    if (holderId === userId) await removeAll(sql, context, teamId);
  });
}

/** The same for teams that have ended, each by itself. */
export async function removeKeysOfEndedTeams(context: Context): Promise<number> {
  const teamIds = await findEndedKeyrings(context.sql);
  for (const teamId of teamIds)
    await context.transaction(async (sql) => {
      await lockKeyring(sql, teamId);
      await removeAll(sql, context, teamId);
      await setEnded(sql, teamId);
    });
  return teamIds.length;
}

async function removeAll(sql: Sql, context: Context, teamId: string): Promise<void> {
  const { holderId, tokenId } = await lockKeyring(sql, teamId);
  if (tokenId !== null) await stopToken(sql, context, tokenId);
  await setToken(sql, teamId, undefined);
  await setHolder(sql, teamId, undefined);
  await unwantMinted(sql, teamId);
  await forgetSecrets(sql, [tokenName(teamId), ...assistantProviders.map(({ name }) => ownKeyName(teamId, name))]);
  await recordAudit(sql, context, {
    action: 'provider_key.remove',
    target: teamId,
    teamId,
    before: { holder: holderId },
    after: { holder: null },
  });
  await announce(sql, 'keyring', [teamId]);
}

/** What the sandboxes of a team have, in a sentence. */
async function describeKeys(context: Context, teamId: string): Promise<string> {
  const [keys] = await readTeamKeys(context, [teamId]);
  const words = {
    own: 'their own key',
    minted: 'a capped key of their own',
    default: 'the shared key',
    gateway: 'through the model gateway',
    none: undefined,
  } as const;
  const told = (keys?.providers ?? []).flatMap((at) => {
    const source = keys && sourceOf(keys, at);
    const toCome = at.mints && !at.gatewayLeadsHere && (source === 'default' || source === 'none');
    const word = toCome ? 'a capped key of their own, which is being minted' : source && words[source];
    return word ? [`${at.provider.title}: ${word}`] : [];
  });
  return told.length > 0 ? `${told.join('; ')}.` : 'No provider is set up: they bring their own keys.';
}
