import { GetApiKeyResponseSchema, KeyRole, KeyState, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { keyIdOf, type OwnerOptions } from './find.ts';

/** Prints one key. */
export async function showKey(session: Session, nameOrId: string, options: OwnerOptions): Promise<void> {
  const answer = await session.keys.getApiKey({ keyId: await keyIdOf(session, nameOrId, options) });
  if (session.json || !answer.key) return printJson(session.stdout, GetApiKeyResponseSchema, answer);
  printFacts(session.stdout, factsOf(answer.key));
}

/** What is known of a key. */
export const factsOf = (key: ApiKey): [string, string][] => [
  ['Name', key.name],
  ['Id', key.id],
  ['Secret', `${key.prefix}_…`],
  ['Team', key.teamId || 'none: a key of the installation'],
  ['Role', enumWord(KeyRole, key.role)],
  ['State', enumWord(KeyState, key.state)],
  ['Confined to', key.boundTeamId],
  ['Bound to', key.boundHostId],
  ['Made by', `${key.createdByName || key.createdBy}, ${sayTime(key.createdAt)}`],
  ['Rights of', key.maker === key.createdBy ? '' : key.makerName || key.maker],
  ['Ends', key.expiresAt ? sayWhen(key.expiresAt) : `never: ${key.noExpiryReason}`],
  ['Old secret', key.overlapUntil ? `works until ${sayTime(key.overlapUntil)}` : ''],
  ['Last used', lastUse(key)],
];

/** When, from where and by what a credential was last used. */
export function lastUse(used: Pick<ApiKey, 'lastUsedAt' | 'lastUsedAddress' | 'lastUsedAgent'>): string {
  if (!used.lastUsedAt) return 'never';
  return [sayWhen(used.lastUsedAt), used.lastUsedAddress, used.lastUsedAgent].filter(Boolean).join(', ');
}
