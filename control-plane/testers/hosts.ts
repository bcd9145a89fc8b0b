import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';

/** A machine of the platform, by id or name. */
interface PlatformHost {
  readonly id: string;
  readonly name: string;
  /** Whose tester's it is. */
  readonly testerId: string | null;
}

/** Machines of the platform that have these ids or names. */
export const findPlatformHosts = (sql: Sql, idsOrNames: readonly string[]) => sql<PlatformHost[]>`
  select host.id, host.name, tester.id as "testerId"
  from hosts host left join testers tester on tester.host_id = host.id
  where host.team_id is null and host.status <> 'deleted'
    and (host.id = any(${idsOrNames as string[]}::text[]) or host.name = any(${idsOrNames as string[]}::text[]))
`;

/** The machine of the platform that is meant. Throws `not_found`. */
export async function platformHost(sql: Sql, idOrName: string): Promise<PlatformHost> {
  const hosts = await findPlatformHosts(sql, [idOrName]);
  const host = hosts.find(({ id }) => id === idOrName) ?? hosts[0];
  if (!host) throw notFound('host');
  return host;
}
