import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { invalidField, notFound } from '../errors.ts';
import { findPerson } from '../users/index.ts';
import { readCaps, removeCaps, writeCaps, type Caps } from './budget-store.ts';

/** Sets the caps of a user, or of everybody who has none of their own; undefined returns a user to those. Answers what holds now. */
export function setCaps(context: Context, userId: string | undefined, caps: Caps | undefined): Promise<Caps> {
  return context.transaction(async (sql) => {
    if (userId === undefined && !caps) throw invalidField('caps', 'Say how much everybody may use.');
    if (userId !== undefined && !(await findPerson(sql, userId))) throw notFound('user');
    const before = await readCaps(sql, userId);
    if (caps) await writeCaps(sql, userId, caps);
    else if (userId !== undefined) await removeCaps(sql, userId);
    const after = (await readCaps(sql, userId)) ?? (await defaultCaps({ sql }));
    await recordAudit(sql, context, {
      action: 'gateway_caps.set',
      target: userId ?? 'default',
      before: before ? { ...before } : { default: true },
      after: { ...after, ...(!caps && { default: true }) },
    });
    return after;
  });
}

/** Of everybody who has none of their own. */
export async function defaultCaps({ sql }: Pick<Context, 'sql'>): Promise<Caps> {
  // Its row comes with the table, and nobody removes it.
  return (await readCaps(sql, undefined)) ?? { perDay: 0, perMonth: 0 };
}
