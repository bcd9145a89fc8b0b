import { setTimeout as delay } from 'node:timers/promises';
import type { ReplicaProcess } from '../../tests/support/replicas.ts';
import type { Surroundings } from './surroundings.ts';

export interface ReconnectFigures {
  /** From the replica's serving until every host is connected and online. */
  readonly allBackMs: number;
  /** How many came in each second, from the first one on. */
  readonly perSecond: readonly number[];
}

const limitMs = 180_000;

/** Kills the only replica, starts another one in its place, and waits for every host. */
export async function measureReconnect(
  { sql, replicas, first }: Surroundings,
  hosts: number,
): Promise<ReconnectFigures & { readonly replica: ReplicaProcess }> {
  // The killed one stands there for a while longer, and the new one may serve before it stands there itself.
  const before = (await sql<{ id: string }[]>`select id from replicas`).map(({ id }) => id);
  first.signal('SIGKILL');
  await first.ended;
  const replica = await replicas.start(Number(new URL(first.url).port));
  const servedAt = performance.now();
  const back = async () => {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from live_connections connection join hosts host on host.id = connection.host_id and host.status = 'online'
      where connection.replica_id <> all(${before}::text[])
    `;
    return row?.count ?? 0;
  };
  while ((await back()) < hosts && performance.now() - servedAt < limitMs) await delay(100);
  const allBackMs = performance.now() - servedAt;
  const rows = await sql<{ second: number; count: number }[]>`
    select floor(extract(epoch from connected_at - min(connected_at) over ()))::int as second, 1 as count from host_connections
    where replica_id <> all(${before}::text[])
  `;
  const perSecond: number[] = [];
  for (const { second } of rows) perSecond[second] = (perSecond[second] ?? 0) + 1;
  return { allBackMs, perSecond: Array.from(perSecond, (count) => count ?? 0), replica };
}
