import type { Context } from '../context.ts';
import { appendEvent } from './record.ts';
import { deleteContentsAbout, deleteOriginsOf, insertErasures } from './store.ts';

/** Whose traces are erased. */
export interface ErasedPerson {
  readonly userId: string;
  /** What names them wherever it stands as a whole value: their names and email addresses, present and past. */
  readonly texts: readonly string[];
}

/**
 * Erases the personal data of a user from the audit: where their calls came from, what was changed of them, and every
 * change that holds one of their texts as a value or names it in its reason. Who did what, and when, stays: the actor is
 * an id. The chain stays intact, because it holds salted digests of what is erased; the erasure is itself audited, and
 * the verifier accepts no other.
 */
export function erasePersonalData(
  context: Context,
  { userId, texts }: ErasedPerson,
): Promise<{ origins: number; contents: number }> {
  return context.transaction(async (sql) => {
    const origins = await deleteOriginsOf(sql, `user:${userId}`);
    const contents = await deleteContentsAbout(sql, userId, texts.filter(Boolean));
    const counts = { origins: origins.length, contents: contents.length };
    const erasureEventId = await appendEvent(sql, context, { action: 'audit.erase', target: userId, after: counts });
    await insertErasures(
      sql,
      erasureEventId,
      'origin',
      origins.map(({ eventId }) => eventId),
    );
    await insertErasures(
      sql,
      erasureEventId,
      'content',
      contents.map(({ eventId }) => eventId),
    );
    return counts;
  });
}
