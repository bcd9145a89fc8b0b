import type { Sql } from '../database/index.ts';
import type { SandboxRequest } from './create.ts';

/** What two sandboxes have in common. */
export type Likeness = Omit<SandboxRequest, 'timeoutMs' | 'metadata' | 'requestId' | 'boundHostId'>;

/** A request for another sandbox like this one; its life and its metadata are for the caller to say. Undefined where it has ended. */
export async function copyRequest(sql: Sql, id: string): Promise<Likeness | undefined> {
  const [row] = await sql<Likeness[]>`
    select team_id as "teamId", template, cpu_millis as "cpuMillis", memory_mib as "memoryMib", disk_mib as "diskMib", pids, env,
      on_disconnect as "onDisconnect", host_labels as "hostLabels", on_expiry as "onExpiry", auto_resume as "autoResume",
      auto_renew_ms::float8 as "autoRenewMs", network, egress
    from sandboxes where id = ${id} and observed not in ('destroyed', 'failed')
  `;
  return row;
}
