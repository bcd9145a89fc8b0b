import { useQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { MetricsResolution } from '#proto/muster/v1/metrics_pb.js';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { hasEnded } from '../sandboxes/states.ts';
import type { Fineness } from './series.ts';

const asked: Readonly<Record<Fineness, { resolution: MetricsResolution; everyMs: number }>> = {
  seconds: { resolution: MetricsResolution.SECOND, everyMs: 2000 },
  minutes: { resolution: MetricsResolution.MINUTE, everyMs: 30_000 },
};

/** What a sandbox uses and has used, kept up to date while somebody looks. */
export function useMetrics(sandbox: Sandbox, fineness: Fineness) {
  const { resolution, everyMs } = asked[fineness];
  return useQuery(
    SandboxService.method.getMetrics,
    { sandboxId: sandbox.id, resolution },
    { refetchInterval: everyMs, enabled: !hasEnded(sandbox), placeholderData: keepPreviousData, retry: false },
  );
}
