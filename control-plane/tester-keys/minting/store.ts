import type { Sql } from '../../database/index.ts';
import type { SpendingPeriod } from '../keyring.ts';
import type { ListedKey } from './openrouter.ts';

/** Has the live key of a team at a provider replaced with the next run; answers which, or nothing where there is none. */
export const bringRotationForward = async (sql: Sql, teamId: string, provider: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`
    update minted_keys set rotates_at = least(rotates_at, now())
    where team_id = ${teamId} and provider = ${provider} and state = 'live'
    returning id
  `;
  return row?.id;
};

/** Teams that were given keys and have none at this provider that is in its time, nor one to come. */
export const findLacking = async (sql: Sql, provider: string): Promise<string[]> => {
  const rows = await sql<{ teamId: string }[]>`
    select keyring.team_id as "teamId" from keyrings keyring
    join teams team on team.id = keyring.team_id and team.deleted_at is null
    where keyring.holder_id is not null and not exists (
      select from minted_keys minted
      where minted.team_id = keyring.team_id and minted.provider = ${provider}
        and (minted.state = 'wanted' or (minted.state = 'live' and minted.rotates_at > now()))
    )
    order by keyring.team_id
  `;
  return rows.map(({ teamId }) => teamId);
};

export const wantMinted = (sql: Sql, provider: string, ids: readonly string[], teamIds: readonly string[]) => sql`
  insert into minted_keys (id, team_id, provider)
  select id, team_id, ${provider} from unnest(${ids as string[]}::text[], ${teamIds as string[]}::text[]) as wanted(id, team_id)
  on conflict do nothing
`;

/** What was minted at a provider is to go, for everybody. */
export const unwantAllAt = async (sql: Sql, provider: string): Promise<void> => {
  await sql`update minted_keys set state = 'unwanted' where provider = ${provider} and state in ('live', 'replaced')`;
  await sql`delete from minted_keys where provider = ${provider} and state = 'wanted'`;
};

/** Begins another try; answers its number, or nothing where the key is not wanted any more. */
export const beginTry = async (sql: Sql, id: string): Promise<number | undefined> => {
  const [row] = await sql<{ attempt: number }[]>`
    update minted_keys set attempt = attempt + 1 where id = ${id} and state = 'wanted' returning attempt
  `;
  return row?.attempt;
};

export interface Minted {
  readonly id: string;
  readonly ref: string;
  readonly limitMicros: number;
  readonly limitPeriod: SpendingPeriod;
  readonly expiresAt: Date;
  readonly rotateAfterDays: number;
}

/** Whether a key is still to be minted by this try; its row is locked until the transaction ends. */
export const isStillWanted = async (sql: Sql, id: string, attempt: number): Promise<boolean> => {
  const rows = await sql`
    select from minted_keys where id = ${id} and attempt = ${attempt} and state = 'wanted' for update
  `;
  return rows.count === 1;
};

/** The new key takes the place of the one before, which goes on until the new one was used. */
export const replaceLive = async (sql: Sql, minted: Minted): Promise<void> => {
  const { id, ref, limitMicros, limitPeriod, expiresAt, rotateAfterDays } = minted;
  await sql`
    update minted_keys older set state = 'replaced'
    from minted_keys newer
    where newer.id = ${id} and older.team_id = newer.team_id and older.provider = newer.provider and older.state = 'live'
  `;
  await sql`
    update minted_keys set state = 'live', provider_ref = ${ref}, limit_micros = ${limitMicros}::bigint, limit_period = ${limitPeriod},
      minted_at = now(), rotates_at = now() + ${rotateAfterDays} * interval '1 day', expires_at = ${expiresAt}, problem = ''
    where id = ${id}
  `;
};

/** What the provider says of keys that it has. That more was spent than before is what their use is known by. */
export const recordListed = (sql: Sql, provider: string, listed: readonly ListedKey[]) => sql`
  update minted_keys minted set
    used_at = case when listed.spent > minted.spent_micros then now() else minted.used_at end,
    spent_micros = listed.spent, spent_in_period_micros = listed.in_period,
    limit_micros = listed.limit_micros, limit_period = listed.limit_period, seen_at = now()
  from unnest(
    ${listed.map(({ ref }) => ref)}::text[], ${listed.map(({ spentMicros }) => spentMicros)}::bigint[],
    ${listed.map(({ spentInPeriodMicros }) => spentInPeriodMicros)}::bigint[],
    ${listed.map(({ limitMicros }) => limitMicros)}::bigint[], ${listed.map(({ limitPeriod }) => limitPeriod)}::text[]
  ) as listed(ref, spent, in_period, limit_micros, limit_period)
  where minted.provider = ${provider} and minted.provider_ref = listed.ref
`;

export const recordProblem = (sql: Sql, provider: string, problem: string) =>
  sql`update minted_keys set problem = ${problem} where provider = ${provider} and state = 'wanted' and problem <> ${problem}`;

/** Writes that a key is no more; answers whose it was, or nothing where that was known. */
export const setEnded = async (sql: Sql, id: string): Promise<string | undefined> => {
  const [row] = await sql<{ teamId: string }[]>`
    update minted_keys set state = 'ended' where id = ${id} and state <> 'ended' returning team_id as "teamId"
  `;
  return row?.teamId;
};
