import { setTimeout as delay } from 'node:timers/promises';
import { timestampDate, type Duration, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  GetMetricsResponseSchema,
  MetricsResolution,
  type GetMetricsResponse,
  type MetricsSample,
} from '#proto/muster/v1/metrics_pb.js';
import type { SandboxLimits } from '#proto/muster/v1/sandbox_pb.js';
import { jsonLine, printJson } from '../output/json.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayDuration, sayTime, sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes metrics`. */
export interface MetricsOptions extends SessionOptions {
  readonly by?: 'second' | 'minute';
  readonly follow?: boolean;
}

const everyMs = 1000;
const mebibyte = 1024 * 1024;
const mib = (bytes: bigint) => sayMib(Math.round(Number(bytes) / mebibyte));

const columns: readonly Column<MetricsSample>[] = [
  { heading: 'TIME', cell: ({ at }) => sayTime(at).padEnd(20) },
  { heading: 'CPU', cell: ({ cpu }) => cpu.toFixed(2).padStart(6), right: true },
  { heading: 'MEMORY', cell: ({ memoryBytes }) => mib(memoryBytes).padStart(9), right: true },
  { heading: 'DISK', cell: ({ diskBytes }) => mib(diskBytes).padStart(9), right: true },
  { heading: 'FILES', cell: ({ files }) => String(files).padStart(7), right: true },
  { heading: 'PROCESSES', cell: ({ pids }) => String(pids).padStart(9), right: true },
  { heading: 'RECEIVED', cell: ({ receivedBytes }) => sayKib(receivedBytes).padStart(10), right: true },
  { heading: 'SENT', cell: ({ sentBytes }) => sayKib(sentBytes).padStart(10), right: true },
];
const sayKib = (bytes: bigint): string => `${trimmed(Number(bytes) / 1024)} KiB`;

/** Prints what a sandbox uses now, or used second by second or minute by minute. */
export async function showMetrics(
  session: Session,
  sandboxId: string,
  { by, follow = false }: MetricsOptions,
): Promise<void> {
  const resolution = by === 'minute' ? MetricsResolution.MINUTE : MetricsResolution.SECOND;
  const answer = await session.sandboxes.getMetrics({ sandboxId, resolution });
  if (session.json && follow) session.stdout.write(jsonLine(GetMetricsResponseSchema, answer));
  else if (session.json) printJson(session.stdout, GetMetricsResponseSchema, answer);
  else if (by !== undefined || follow)
    printTable(session.stdout, answer.samples, columns, 'Nothing has been measured yet: ask again in a second.');
  else {
    const { sandbox } = await session.sandboxes.getSandbox({ sandboxId });
    printFacts(session.stdout, factsOf(answer, sandbox?.limits));
  }
  if (follow) await goOn(session, { sandboxId, resolution }, answer.samples.at(-1)?.at);
}

/** Until Ctrl-C. */
async function goOn(
  session: Session,
  request: { readonly sandboxId: string; readonly resolution: MetricsResolution },
  last: Timestamp | undefined,
): Promise<void> {
  for (let after = last; ;) {
    await delay(everyMs, undefined, { signal: session.signal });
    const answer = await session.sandboxes.getMetrics({ ...request, after });
    after = answer.samples.at(-1)?.at ?? after;
    if (session.json) session.stdout.write(jsonLine(GetMetricsResponseSchema, answer));
    else
      for (const sample of answer.samples)
        session.stdout.write(`${columns.map(({ cell }) => cell(sample)).join('  ')}\n`);
  }
}

function factsOf(
  { samples, totals, measuredSince, diskSizeBytes, filesLimit }: GetMetricsResponse,
  limits: SandboxLimits | undefined,
): [string, string][] {
  const now = samples.at(-1);
  if (!now || !limits) return [['Measured', 'nothing yet: ask again in a second']];
  const { receivedBytes, sentBytes } = now;
  const age = now.at ? Date.now() - timestampDate(now.at).getTime() : 0;
  return [
    // A stopped sandbox is not measured.
    ['Measured', age > 5000 ? `${sayWhen(now.at)}, for the last time` : ''],
    ['CPU', `${now.cpu.toFixed(2)} of ${trimmed(limits.cpu)}`],
    ['Memory', `${mib(now.memoryBytes)} of ${sayMib(limits.memoryMib)}`],
    ['Disk', diskSizeBytes > 0n ? `${mib(now.diskBytes)} of ${mib(diskSizeBytes)}` : mib(now.diskBytes)],
    ['Files', filesLimit > 0n ? `${now.files} of ${filesLimit}` : String(now.files)],
    ['Processes', `${now.pids} of ${limits.pids}`],
    ['Network', `${sayKib(receivedBytes)} received and ${sayKib(sentBytes)} sent in the last second`],
    ...(totals
      ? ([
          ['CPU time', `${seconds(totals.cpuTime)}, and ${seconds(totals.throttledTime)} waited for more`],
          ['Killed', totals.oomKills > 0n ? `${totals.oomKills}, for want of memory` : ''],
          ['Refused', totals.refusedPids > 0n ? `${totals.refusedPids}, because there were too many processes` : ''],
        ] as [string, string][]) // each is a pair
      : []),
    ['Since', sayTime(measuredSince)],
  ];
}

function seconds(length: Duration | undefined): string {
  const amount = Number(length?.seconds ?? 0n) + (length?.nanos ?? 0) / 1e9;
  return amount < 60 ? `${trimmed(amount)} s` : sayDuration(amount);
}
