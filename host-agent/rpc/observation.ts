import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { type LogSchema, LogStream } from '#proto/muster/v1/log_pb.js';
import { type MetricsSampleSchema, MetricsResolution } from '#proto/muster/v1/metrics_pb.js';
import type { Context } from '../context.ts';
import type { SandboxLogs, SandboxMetrics, Sandboxes } from '../sandboxes/index.ts';
import { toProcessWireError } from './processes.ts';

type ObservationHandlers = Pick<ServiceImpl<typeof HostAgentService>, 'getMetrics' | 'getLogs' | 'getWork'>;

const defaultTail = 16 * 1024;

/** The part of the host's side that is about what sandboxes use and have written. */
export function observationHandlers(context: Context, sandboxes: Sandboxes): ObservationHandlers {
  return {
    getMetrics({ get }) {
      if (!get) return {}; // validation has refused it
      try {
        const { sandboxId, resolution, after } = get;
        const fine = resolution === MetricsResolution.MINUTE ? 'minute' : 'second';
        const metrics = sandboxes.metrics(sandboxId, fine, after && timestampDate(after));
        const { samples, totals, measuredSince, diskSizeBytes, filesLimit } = metrics;
        return {
          metrics: {
            samples: samples.map(toSample),
            totals: totals && toTotals(totals),
            measuredSince: timestampFromDate(measuredSince),
            diskSizeBytes: BigInt(diskSizeBytes),
            filesLimit: BigInt(filesLimit),
          },
        };
      } catch (error) {
        throw toProcessWireError(context, error);
      }
    },

    async getWork() {
      const works = await sandboxes.work();
      return {
        sandboxes: works.map(({ quietForMs, ...work }) => ({
          ...work,
          quietFor: durationFromMs(Math.round(quietForMs)),
        })),
      };
    },

    async getLogs({ get }) {
      if (!get) return {}; // validation has refused it
      try {
        const { sandboxId, processId, tailBytes } = get;
        const { logs, missing } = await sandboxes.logs(sandboxId, { processId, tailBytes: tailBytes || defaultTail });
        return { logs: { logs: logs.map(toLog), missing } };
      } catch (error) {
        throw toProcessWireError(context, error);
      }
    },
  };
}

const toSample = (sample: SandboxMetrics['samples'][number]): MessageInitShape<typeof MetricsSampleSchema> => ({
  at: timestampFromDate(sample.at),
  cpu: sample.cpu,
  memoryBytes: BigInt(sample.memoryBytes),
  diskBytes: BigInt(sample.diskBytes),
  files: BigInt(sample.files),
  pids: sample.pids,
  receivedBytes: BigInt(sample.receivedBytes),
  sentBytes: BigInt(sample.sentBytes),
});

const toTotals = ({ cpuMs, throttledMs, oomKills, refusedPids }: NonNullable<SandboxMetrics['totals']>) => ({
  cpuTime: durationFromMs(Math.round(cpuMs)),
  throttledTime: durationFromMs(Math.round(throttledMs)),
  oomKills: BigInt(oomKills),
  refusedPids: BigInt(refusedPids),
});

const streams = { stdout: LogStream.STDOUT, stderr: LogStream.STDERR } as const;

function toLog({ process, parts, omittedBytes }: SandboxLogs['logs'][number]): MessageInitShape<typeof LogSchema> {
  return {
    processId: process?.id ?? '',
    argv: [...(process?.argv ?? [])],
    name: process?.name ?? '',
    startedAt: process && timestampFromDate(process.startedAt),
    ended: process?.exit !== undefined,
    exitCode: process?.exit?.code ?? 0,
    parts: parts.map(({ stream, data }) => ({
      stream: stream ? streams[stream] : LogStream.UNSPECIFIED,
      data: Uint8Array.from(data),
    })),
    omittedBytes: BigInt(omittedBytes),
  };
}
