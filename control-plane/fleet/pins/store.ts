import type { Sql } from '../../database/index.ts';

/** Holds a component of a host at a commit. */
export interface Pin {
  readonly hostId: string;
  readonly component: string;
  readonly sha: string;
  readonly reason: string;
  /** As the audit names who did it. */
  readonly pinnedBy: string;
  /** That caller's present name; empty where it is gone. */
  readonly pinnedByName: string;
  readonly pinnedAt: Date;
  readonly until: Date | null;
}

/** Pins that hold now: of these hosts, or all. */
export const readPins = (sql: Sql, hostIds: readonly string[] | undefined) => sql<Pin[]>`
  select pin.host_id as "hostId", pin.component, pin.sha, pin.reason, pin.pinned_by as "pinnedBy",
    coalesce(actor.name, '') as "pinnedByName", pin.pinned_at as "pinnedAt", pin.until
  from component_pins pin
  left join subject_names actor on actor.id = split_part(pin.pinned_by, ':', 2)
  where (pin.until is null or pin.until > now()) and ${hostIds ? sql`pin.host_id = any(${hostIds as string[]}::text[])` : sql`true`}
  order by pin.host_id, pin.component
`;

export type NewPin = Omit<Pin, 'pinnedByName' | 'pinnedAt'>;

/** Pins a component; a second pin takes the place of the first. Answers false where it would have ended already. */
export async function writePin(
  sql: Sql,
  { hostId, component, sha, reason, pinnedBy, until }: NewPin,
): Promise<boolean> {
  const rows = await sql`
    insert into component_pins (host_id, component, sha, reason, pinned_by, until)
    select ${hostId}, ${component}, ${sha}, ${reason}, ${pinnedBy}, ${until}::timestamptz
    where ${until}::timestamptz is null or ${until}::timestamptz > now()
    on conflict (host_id, component) do update set
      sha = excluded.sha, reason = excluded.reason, pinned_by = excluded.pinned_by, pinned_at = now(), until = excluded.until
    returning host_id
  `;
  return rows.length === 1;
}

/** What a pin was, for the audit. */
export interface EndedPin {
  readonly hostId: string;
  readonly component: string;
  readonly sha: string;
  readonly reason: string;
}

const ended = (sql: Sql) => sql`host_id as "hostId", component, sha, reason`;

export async function deletePin(sql: Sql, hostId: string, component: string): Promise<EndedPin | undefined> {
  const [row] = await sql<
    EndedPin[]
  >`delete from component_pins where host_id = ${hostId} and component = ${component} returning ${ended(sql)}`;
  return row;
}

/** Removes pins whose time is over, a bounded number of them. */
export const deleteEndedPins = (sql: Sql, limit: number) => sql<EndedPin[]>`
  delete from component_pins where (host_id, component) in (
    select host_id, component from component_pins where until <= now() order by until limit ${limit} for update skip locked
  )
  returning ${ended(sql)}
`;

/** The repository that a host last named for a component. Undefined where it reports no such component. */
export async function reportedRepository(sql: Sql, hostId: string, component: string): Promise<string | undefined> {
  const [row] = await sql<
    { repository: string }[]
  >`select repository from component_reports where host_id = ${hostId} and component = ${component}`;
  return row?.repository;
}
