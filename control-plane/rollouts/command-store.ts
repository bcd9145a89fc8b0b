import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';

/** A command that runs on a host, or is about to. */
export interface Command {
  readonly updateId: string;
  readonly rolloutId: string;
  readonly hostId: string;
  readonly commandId: string;
  readonly component: string;
  readonly kind: 'update' | 'return';
  readonly targetSha: string;
  readonly fromSha: string;
  readonly stopAsked: boolean;
  readonly logOffset: number;
}

/** Commands that have not ended, on hosts that are connected here. */
export const findCommands = (sql: Sql, replicaId: string) => sql<Command[]>`
  select rollout_update.id as "updateId", rollout_update.rollout_id as "rolloutId", rollout_update.host_id as "hostId",
    rollout_update.command_id as "commandId", rollout_update.component,
    case when rollout_update.state = 'running' then 'update' else 'return' end as kind,
    case when rollout_update.state = 'running' then rollout.target_sha else rollout_update.from_sha end as "targetSha",
    case when rollout_update.state = 'running' then rollout_update.from_sha else rollout.target_sha end as "fromSha",
    rollout_update.stop_asked as "stopAsked", rollout_update.log_offset::float8 as "logOffset"
  from rollout_updates rollout_update
  join rollouts rollout on rollout.id = rollout_update.rollout_id
  join live_connections connection on connection.host_id = rollout_update.host_id and connection.replica_id = ${replicaId}
  where rollout_update.state in ('running', 'returning') and rollout_update.command_id is not null
    and rollout_update.command_ended_at is null
  order by rollout_update.started_at, rollout_update.id
`;

/**
 * Keeps what a command wrote from an offset on, unless somebody else did before. Parts of one rollout are written one
 * after the other, so that whoever reads them by their numbers misses none.
 */
export async function keepLog(
  sql: Sql,
  { updateId, rolloutId, commandId, logOffset }: Command,
  part: { readonly bytes: number; readonly text: string; readonly lastLine: string },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`rollout_logs/${rolloutId}`}, 0))`;
  await sql`
    with advanced as (
      update rollout_updates
      set log_offset = log_offset + ${part.bytes}, last_line = coalesce(nullif(${part.lastLine}, ''), last_line)
      where id = ${updateId} and command_id = ${commandId} and log_offset = ${logOffset}
      returning id, rollout_id
    )
    insert into rollout_logs (rollout_id, update_id, text) select rollout_id, id, ${part.text} from advanced
    returning ${announcement(sql, 'rollout', sql`rollout_id`)}
  `;
}

/** Records how a command ended: once. */
export const endCommand = (sql: Sql, commandId: string, problem: string) => sql`
  update rollout_updates set command_ended_at = now(), command_problem = ${problem.slice(0, 1000)}
  where command_id = ${commandId} and command_ended_at is null
  returning ${announcement(sql, 'rollout', sql`rollout_id`)}
`;

/** A part of what commands wrote. */
export interface LogPart {
  readonly sequence: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly component: string;
  readonly text: string;
}

/** What the commands of a rollout wrote after this part; on one host, where `hostId` names it. */
export const readLog = (sql: Sql, { rolloutId, hostId }: LogOf, after: string, limit: number) => sql<LogPart[]>`
  select log.sequence::text, rollout_update.host_id as "hostId", host.name as "hostName", rollout_update.component, log.text
  from rollout_logs log
  join rollout_updates rollout_update on rollout_update.id = log.update_id
  join hosts host on host.id = rollout_update.host_id
  where log.rollout_id = ${rolloutId} and log.sequence > ${after}::bigint and ${hostId} in ('', rollout_update.host_id)
  order by log.sequence
  limit ${limit}
`;

/** Whose log is read. */
export interface LogOf {
  readonly rolloutId: string;
  /** Empty: of all hosts. */
  readonly hostId: string;
}

/** The part after which as many follow as the tail may have; `0` where there are not more. */
export async function findTail(sql: Sql, { rolloutId, hostId }: LogOf, parts: number): Promise<string> {
  const [row] = await sql<{ sequence: string }[]>`
    select log.sequence::text
    from rollout_logs log
    join rollout_updates rollout_update on rollout_update.id = log.update_id
    where log.rollout_id = ${rolloutId} and ${hostId} in ('', rollout_update.host_id)
    order by log.sequence desc
    offset ${parts} limit 1
  `;
  return row?.sequence ?? '0';
}
