import type { Sql } from '../../database/index.ts';
import type { Checkpoint } from './checkpoint.ts';

interface CheckpointRow {
  readonly position: string;
  readonly seal: Buffer;
  readonly signedAtMicros: string;
  readonly signature: Buffer;
}

/** A checkpoint, and the seal that stands at its position today; null where there is none. */
export interface CheckedRow extends CheckpointRow {
  readonly standing: Buffer | null;
}

/** Zero for what is no finite time: somebody put it there, and its signature will not hold. */
const signedAtMicros = (sql: Sql) => sql`
  case when isfinite(checkpoint.signed_at) then (extract(epoch from checkpoint.signed_at) * 1000000)::bigint::text else '0' end as "signedAtMicros"
`;

const columns = (sql: Sql) => sql`checkpoint.position, checkpoint.seal, ${signedAtMicros(sql)}, checkpoint.signature`;

export const fromRow = (installationId: string, row: CheckpointRow): Checkpoint => ({
  installationId,
  position: BigInt(row.position),
  seal: row.seal,
  signedAtMicros: BigInt(row.signedAtMicros),
  signature: row.signature,
});

export interface CheckpointDue {
  /** Whether the newest checkpoint is old enough, or there is none. */
  readonly due: boolean;
  readonly nowMicros: string;
  /** The newest checkpoint's position and seal, and what stands at that position today. */
  readonly position: string | null;
  readonly seal: Buffer | null;
  readonly standing: Buffer | null;
}

/** What the next checkpoint has to know of the one before. */
export async function findDue(sql: Sql, everyMs: number): Promise<CheckpointDue> {
  const [row] = await sql<CheckpointDue[]>`
    with newest as (select * from audit_checkpoints order by position desc limit 1)
    select newest.signed_at is null or newest.signed_at <= now() - ${everyMs} * interval '1 millisecond' as due,
      (extract(epoch from now()) * 1000000)::bigint::text as "nowMicros", newest.position, newest.seal, seal.seal as standing
    from (select) as one
    left join newest on true
    left join audit_seals seal on seal.position = newest.position
  `;
  return row!; // one row always
}

/** Keeps a checkpoint; false where another replica has signed this position meanwhile. */
export async function insertCheckpoint(sql: Sql, checkpoint: Checkpoint): Promise<boolean> {
  const { count } = await sql`
    insert into audit_checkpoints (position, seal, signed_at, signature)
    values (${String(checkpoint.position)}, ${checkpoint.seal},
      timestamptz 'epoch' + ${String(checkpoint.signedAtMicros)}::bigint * interval '1 microsecond', ${checkpoint.signature})
    on conflict (position) do nothing
  `;
  return count > 0;
}

/** Checkpoints that were signed later than a moment, oldest first. */
export const findSignedAfter = (sql: Sql, signedAtMicros: bigint, limit: number) => sql<CheckpointRow[]>`
  select ${columns(sql)} from audit_checkpoints checkpoint
  where signed_at > timestamptz 'epoch' + ${String(signedAtMicros)}::bigint * interval '1 microsecond'
  order by signed_at limit ${limit}
`;

/** Checkpoints in their order, each with the seal that stands at its position. */
export const findCheckpoints = (sql: Sql, after: bigint, limit: number) => sql<CheckedRow[]>`
  select ${columns(sql)}, seal.seal as standing
  from audit_checkpoints checkpoint left join audit_seals seal using (position)
  where checkpoint.position > ${String(after)} order by checkpoint.position limit ${limit}
`;

export interface StandingAt {
  readonly position: string;
  /** The seal at this position. */
  readonly standing: Buffer | null;
  /** The database's own checkpoint of this position, where it has one. */
  readonly seal: Buffer | null;
  readonly signedAtMicros: string;
  readonly signature: Buffer | null;
}

/** What the database has at these positions. */
export const findStanding = (sql: Sql, positions: readonly bigint[]) => sql<StandingAt[]>`
  select asked.position, seal.seal as standing, checkpoint.seal, ${signedAtMicros(sql)}, checkpoint.signature
  from unnest(${positions.map(String)}::bigint[]) as asked(position)
  left join audit_seals seal using (position)
  left join audit_checkpoints checkpoint using (position)
`;
