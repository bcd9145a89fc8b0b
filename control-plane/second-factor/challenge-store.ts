import type { Sql } from '../database/index.ts';

/** What an authenticator's answer is for. */
export type PasskeyPurpose = 'log_in' | 'register' | 'confirm';

/** Whose challenge it is: a user's, for one purpose, asked for by one session or pending sign-in. */
export interface Asker {
  readonly purpose: PasskeyPurpose;
  readonly userId: string;
  /** The public id of the session or of the pending sign-in. */
  readonly askerId: string;
}

/** How long an authenticator may take, in milliseconds. */
export const challengeLifeMs = 300_000;

/** At most so many wait for one asker: the oldest ones make room. */
const mostWaiting = 10;

export const insertChallenge = (sql: Sql, challenge: string, { purpose, userId, askerId }: Asker) => sql`
  with surplus as (
    delete from passkey_challenges where challenge in (
      select challenge from passkey_challenges where asker = ${askerId} order by expires_at desc offset ${mostWaiting - 1}
    )
  )
  insert into passkey_challenges (challenge, purpose, user_id, asker, expires_at)
  values (${challenge}, ${purpose}, ${userId}, ${askerId}, now() + ${challengeLifeMs} * interval '1 millisecond')
`;

/** Takes a challenge out, whatever comes of it: it counts once. Answers false where this asker has no such one. */
export const takeChallenge = async (
  sql: Sql,
  challenge: string,
  { purpose, userId, askerId }: Asker,
): Promise<boolean> => {
  const taken = await sql`
    delete from passkey_challenges
    where challenge = ${challenge} and purpose = ${purpose} and user_id = ${userId} and asker = ${askerId} and expires_at > now()
    returning challenge
  `;
  return taken.length > 0;
};

export const removeOldChallenges = (sql: Sql) => sql`delete from passkey_challenges where expires_at < now()`;
