import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import type { ComposedMail } from './compose.ts';
import { insertMail, type MailPurpose } from './store.ts';

export interface QueuedMail {
  readonly purpose: MailPurpose;
  /** What it is about, by id: whoever withdraws it, or wants to know that it was sent, names that. */
  readonly reference: string;
  readonly to: string;
  readonly mail: ComposedMail;
  /** After this long nobody could use it any more: it is given up. */
  readonly lifeMs: number;
}

/** Puts a mail into the outbox, in the transaction of what it tells: no change, no mail; no mail lost. Sent moments later. */
export async function queueMail(
  sql: Sql,
  { installation }: Pick<Context, 'installation'>,
  { purpose, reference, to, mail, lifeMs }: QueuedMail,
): Promise<void> {
  const id = newId('mail');
  const sealed = installation.seal(sealName(id), Buffer.from(JSON.stringify(mail)));
  await insertMail(sql, { id, purpose, reference, recipient: to, sealed, lifeMs });
  await announce(sql, 'mail', [id]);
}

/** What a sealed mail is bound to. */
export const sealName = (id: string): string => `mail:${id}`;
