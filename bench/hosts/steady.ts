import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { summarise, timeOf, type Times } from '../figures.ts';
import { thinTransport } from '../whole/thin-transport.ts';
import type { Surroundings } from './surroundings.ts';

/** What a fleet that does nothing but report costs, and what it does to others. */
export interface SteadyFigures {
  readonly hosts: number;
  /** Of the replica, in shares of one processor. */
  readonly processor: number;
  /** All that the database was asked, a second; and what of it were heartbeats, with their transactions and notifications. */
  readonly statements: number;
  readonly heartbeatStatements: number;
  /** Looking at a host, and running a command on one. */
  readonly userCalls: Times;
}

const windowMs = 60_000;
const callEveryMs = 100;
const ticksPerSecond = 100;

/** Watches the first replica for a minute. */
export async function measureSteady({ sql, first, replicas }: Surroundings, sandboxId: string): Promise<SteadyFigures> {
  const transport = thinTransport(first.url, { authorization: `Bearer ${replicas.token}` });
  const { sandbox } = await createClient(SandboxService, transport).getSandbox({ sandboxId });
  const hosts = createClient(HostService, transport);
  const processes = createClient(ProcessService, transport);
  const call = async () => {
    await hosts.getHost({ hostId: sandbox?.hostId ?? '' });
    for await (const _ of processes.run({ sandboxId, argv: ['true'] }));
  };
  for (let warm = 0; warm < 20; warm += 1) await call();
  await sql`select pg_stat_statements_reset()`;
  const before = { atMs: performance.now(), processor: await processorSeconds(first.pid) };
  const times: number[] = [];
  while (performance.now() - before.atMs < windowMs) {
    const ms = await timeOf(call);
    times.push(ms);
    await delay(Math.max(0, callEveryMs - ms));
  }
  const seconds = (performance.now() - before.atMs) / 1000;
  const [counted] = await sql<{ all: number; batches: number }[]>`
    select sum(calls)::float8 as all, coalesce(sum(calls) filter (where query like '%previous_report_nonce = hosts.report_nonce%'), 0)::float8 as batches
    from pg_stat_statements
  `;
  const [{ count } = { count: 0 }] = await sql<
    { count: number }[]
  >`select count(*)::int as count from hosts where status = 'online'`;
  return {
    hosts: count,
    processor: ((await processorSeconds(first.pid)) - before.processor) / seconds,
    statements: (counted?.all ?? 0) / seconds,
    // A batch is begin, the beats, two notifications at most, and commit.
    heartbeatStatements: ((counted?.batches ?? 0) * 5) / seconds,
    userCalls: summarise(times),
  };
}

/** What a process has used, as the kernel counts it. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: state, then 10 others, then the times in user and system mode.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
