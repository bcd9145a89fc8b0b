import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { credentialsOfMaker } from './store.ts';

/**
 * How many keys and identities in a team work by the rights of a member who is about to go. They need no change: they stop
 * with the membership. What streams for them now is told to look.
 */
export async function stopKeysOfMember(sql: Sql, teamId: string, userId: string): Promise<number> {
  const credentials = await credentialsOfMaker(sql, teamId, userId);
  await announce(
    sql,
    'credential',
    credentials.map(({ id }) => id),
  );
  return new Set(credentials.map(({ ownerId }) => ownerId)).size;
}
