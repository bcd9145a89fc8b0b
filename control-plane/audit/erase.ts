import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { appendEvent } from './record.ts';
import { deleteContentsAbout, deleteOriginsOf, insertErasures } from './store.ts';

/** Whose traces are erased. */
export interface ErasedPerson {
  readonly userId: string;
  /** Teams that were theirs alone: they are called after people. */
  readonly teamIds?: readonly string[];
  /** What names them wherever it stands as a whole value: their names and email addresses, present and past. */
  readonly texts: readonly string[];
}

/**
 * Erases the personal data of a user from the audit, inside the caller's transaction: where their calls came from, what was changed of them and their teams, and every
 * change that holds one of their texts as a value or names it in its reason. Who did what, and when, stays: the actor is
 * an id. The chain stays intact, because it holds salted digests of what is erased; the erasure is itself audited, and
 * the verifier accepts no other.
 */
export async function erasePersonalData(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  { userId, teamIds = [], texts }: ErasedPerson,
): Promise<{ origins: number; contents: number }> {
  const origins = await deleteOriginsOf(sql, userId);
  const contents = await deleteContentsAbout(sql, [userId, ...teamIds], texts.filter(Boolean));
  const counts = { origins: origins.length, contents: contents.length };
  const erasureEventId = await appendEvent(sql, context, { action: 'audit.erase', target: userId, after: counts });
  const idsOf = (erased: readonly { eventId: string }[]) => erased.map(({ eventId }) => eventId);
  await insertErasures(sql, erasureEventId, 'origin', idsOf(origins));
  await insertErasures(sql, erasureEventId, 'content', idsOf(contents));
  return counts;
}
