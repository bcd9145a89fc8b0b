import { createClient } from '@connectrpc/connect';
import PQueue from 'p-queue';
import { inTransaction } from '../../control-plane/database/index.ts';
import { placeSandbox, type Demand } from '../../control-plane/scheduling/index.ts';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { summarise, timeOf, type Times } from '../figures.ts';
import { thinTransport } from '../whole/thin-transport.ts';
import type { Surroundings } from './surroundings.ts';

const small = { memoryMib: 64, diskMib: 64, cpu: 0.1 };
const placements = 500;
const createsAtOnce = 8;

/** Places again and again, without the sandbox that would follow. */
export async function measurePlacement({ sql }: Surroundings): Promise<Times> {
  const [team] = await sql<{ id: string }[]>`select id from teams limit 1`;
  const demand: Demand = {
    teamId: team?.id ?? '',
    template: 'base',
    network: 'none',
    layers: [],
    cpuMillis: 100,
    memoryMib: 64,
    diskMib: 64,
    hostLabels: {},
    boundHostId: null,
    exceptHosts: [],
  };
  await sql`analyze`;
  const times: number[] = [];
  for (let number = 0; number < placements; number += 1)
    times.push(await timeOf(async () => void (await inTransaction(sql, (tx) => placeSandbox(tx, demand)))));
  return summarise(times.slice(placements / 10));
}

export interface SpreadFigures {
  /** Sandboxes on the host that has fewest, and on the one that has most. */
  readonly fewest: number;
  readonly most: number;
  readonly failed: number;
  readonly perSecond: number;
}

/** Creates sandboxes at several replicas at once. */
export async function measureSpread(
  { sql, replicas }: Surroundings,
  urls: readonly string[],
  count: number,
): Promise<SpreadFigures> {
  let failed = 0;
  const beganMs = performance.now();
  await Promise.all(
    urls.map(async (url) => {
      const { createSandbox } = createClient(
        SandboxService,
        thinTransport(url, { authorization: `Bearer ${replicas.token}` }),
      );
      const queue = new PQueue({ concurrency: createsAtOnce });
      const create = () => createSandbox({ limits: small }).catch(() => (failed += 1));
      await queue.addAll(Array.from({ length: count / urls.length }, () => create));
    }),
  );
  const seconds = (performance.now() - beganMs) / 1000;
  const [row] = await sql<{ fewest: number; most: number }[]>`
    with placed as (
      select host.id, count(sandbox.id)::int as sandboxes from hosts host left join sandboxes sandbox on sandbox.host_id = host.id
      where host.status = 'online' group by host.id
    )
    select min(sandboxes) as fewest, max(sandboxes) as most from placed
  `;
  return { fewest: row?.fewest ?? 0, most: row?.most ?? 0, failed, perSecond: count / seconds };
}
