import type { Sql } from '../database/index.ts';

export type MailPurpose = 'invite' | 'password_reset' | 'notice' | 'welcome';

/** After so many attempts, a day and a half, a mail is given up. */
const mostAttempts = 12;

export interface NewMail {
  readonly id: string;
  readonly purpose: MailPurpose;
  readonly reference: string;
  readonly recipient: string;
  readonly sealed: Buffer;
  readonly lifeMs: number;
}

export const insertMail = (sql: Sql, mail: NewMail) => sql`
  insert into mail_outbox (id, purpose, reference, recipient, sealed, expires_at)
  values (${mail.id}, ${mail.purpose}, ${mail.reference}, ${mail.recipient}, ${mail.sealed},
    now() + ${mail.lifeMs} * interval '1 millisecond')
`;

export interface DueMail {
  readonly id: string;
  readonly purpose: MailPurpose;
  readonly reference: string;
  readonly recipient: string;
  readonly sealed: Buffer;
}

/**
 * Takes mail that is due, oldest first. Its next attempt is set before this one is made: whoever dies in between only
 * delays it, and nobody takes it a second time while it is on its way.
 */
export const claimDueMail = (sql: Sql, limit: number, leaseMs: number) => sql<DueMail[]>`
  with due as (
    select id from mail_outbox
    where sealed is not null and next_attempt_at <= now() and expires_at > now()
    order by next_attempt_at, id
    limit ${limit}
    for update skip locked
  )
  update mail_outbox set
    attempts = attempts + 1,
    next_attempt_at = now() + greatest(${leaseMs} * interval '1 millisecond', least(power(2, attempts) * 5, 21600) * interval '1 second')
  from due where mail_outbox.id = due.id
  returning mail_outbox.id, purpose, reference, recipient, sealed
`;

/** What waits, locked: to seal it anew. */
export const lockWaitingMail = (sql: Sql) => sql<{ id: string; sealed: Buffer }[]>`
  select id, sealed from mail_outbox where sealed is not null order by id for update
`;

export const resealMailRow = (sql: Sql, id: string, sealed: Uint8Array) =>
  sql`update mail_outbox set sealed = ${sealed} where id = ${id}`;

/** It was handed over: what it said is erased. */
export const markSent = (sql: Sql, id: string) => sql`
  update mail_outbox set sealed = null, sent_at = now(), last_error = null where id = ${id}
`;

/** It was not taken. Tried again, later each time, from 5 s to 6 h; given up when the server said never, or after the last attempt. */
export const markFailed = (sql: Sql, id: string, error: string, final: boolean) => sql<{ givenUp: boolean }[]>`
  update mail_outbox set
    last_error = ${error},
    next_attempt_at = now() + least(power(2, attempts - 1) * 5, 21600) * interval '1 second',
    sealed = case when ${final} or attempts >= ${mostAttempts} then null else sealed end,
    failed_at = case when ${final} or attempts >= ${mostAttempts} then now() end
  where id = ${id} and sealed is not null
  returning sealed is null as "givenUp"
`;

/** Has what waits tried again soon: what stood in its way may have been mended. */
export const hastenMail = (sql: Sql, withinMs: number) => sql`
  update mail_outbox set next_attempt_at = least(next_attempt_at, now() + ${withinMs} * interval '1 millisecond')
  where sealed is not null
`;

/** Erases what waits to be sent about these things: nobody could use it any more. */
export const withdrawMail = (sql: Sql, references: readonly string[]) => sql`
  update mail_outbox set sealed = null, failed_at = now(), last_error = 'withdrawn'
  where reference = any(${references as string[]}::text[]) and sealed is not null
`;

/** Erases what nobody could use any more. */
export const expireMail = (sql: Sql) => sql`
  update mail_outbox set sealed = null, failed_at = now(), last_error = coalesce(last_error, 'expired')
  where sealed is not null and expires_at <= now()
`;

/** Forgets what is done, with the addresses in it. */
export const forgetOldMail = (sql: Sql) => sql`
  delete from mail_outbox where sealed is null and created_at < now() - interval '14 days'
`;

/** How a mail stands that was put into the outbox. */
export interface MailState {
  readonly sentAt: Date | null;
  /** It is given up. */
  readonly failedAt: Date | null;
  readonly attempts: number;
  /** A code and what it answered. */
  readonly lastError: string | null;
  readonly nextAttemptAt: Date;
}

/** The newest mail of a purpose about something, put into the outbox since then. */
export const findMail = async (
  sql: Sql,
  purpose: MailPurpose,
  reference: string,
  since: Date,
): Promise<MailState | undefined> => {
  const [row] = await sql<MailState[]>`
    select sent_at as "sentAt", failed_at as "failedAt", attempts, last_error as "lastError", next_attempt_at as "nextAttemptAt"
    from mail_outbox
    where purpose = ${purpose} and reference = ${reference} and created_at >= ${since}
    order by created_at desc, id desc limit 1
  `;
  return row;
};

export const countWaitingMail = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ waiting: number }[]>`
    select count(*)::integer as waiting from mail_outbox where sealed is not null
  `;
  return row!.waiting; // one row always
};
