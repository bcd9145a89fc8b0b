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
  /** Of the replica, in shares of one processor, while nobody else calls it. */
  readonly processor: number;
  /** All that the database was asked, a second; and what of it were heartbeats, with their transactions and notifications. */
  readonly statements: number;
  readonly heartbeatStatements: number;
  /** Looking at a host, and running a command on one. */
  readonly userCalls: Times;
}

const windowMs = 60_000;
/** So long that the slowest hundredth is a dozen calls, not one collection of garbage. */
const callsMs = 120_000;
/** Hosts that have just joined are still being looked at: what that asks of the database has to end first. */
const settling = { everyMs: 1_000, restMs: 15_000, atMostMs: 900_000 };
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
  await settled(sql);
  await sql`select pg_stat_statements_reset()`;
  const before = { atMs: performance.now(), processor: await processorSeconds(first.pid) };
  await delay(windowMs);
  const seconds = (performance.now() - before.atMs) / 1000;
  const processor = ((await processorSeconds(first.pid)) - before.processor) / seconds;
  const [counted] = await sql<{ all: number; batches: number }[]>`
    select sum(calls)::float8 as all, coalesce(sum(calls) filter (where query like '%previous_report_nonce = hosts.report_nonce%'), 0)::float8 as batches
    from pg_stat_statements
  `;
  const [{ count } = { count: 0 }] = await sql<
    { count: number }[]
  >`select count(*)::int as count from hosts where status = 'online'`;
  for (let warm = 0; warm < 20; warm += 1) await call();
  const times: number[] = [];
  for (const beganMs = performance.now(); performance.now() - beganMs < callsMs;) {
    const ms = await timeOf(call);
    times.push(ms);
    await delay(Math.max(0, callEveryMs - ms));
  }
  return {
    hosts: count,
    processor,
    statements: (counted?.all ?? 0) / seconds,
    // A batch is begin, the beats, the history of components, their reports, and commit.
    heartbeatStatements: ((counted?.batches ?? 0) * 5) / seconds,
    userCalls: summarise(times),
  };
}

/** Waits until the sandboxes of all hosts have been compared with what is wanted, and what that has left to do is done. */
async function settled(sql: Surroundings['sql']): Promise<void> {
  const uncompared = async () => {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from hosts where status = 'online' and reconciled_digest is distinct from reported_digest
    `;
    return row?.count;
  };
  for (const beganMs = performance.now(); (await uncompared()) !== 0; await delay(settling.everyMs))
    if (performance.now() - beganMs > settling.atMostMs) throw new Error('Not all hosts were compared in time.');
  await delay(settling.restMs);
}

/** What a process has used, as the kernel counts it. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: state, then 10 others, then the times in user and system mode.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
