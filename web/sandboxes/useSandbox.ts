import { useQuery } from '@connectrpc/connect-query';
import { useEffect } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import type { Phase } from '../live/follow.ts';
import { useSandboxes } from './feed.ts';

/** One sandbox: live while it lives, from its record after its end. */
export function useSandbox(sandboxId: string): { sandbox: Sandbox | undefined; phase: Phase; error: unknown } {
  const { phase, state } = useSandboxes(sandboxId);
  const record = useQuery(SandboxService.method.getSandbox, { sandboxId }, { retry: 1 });
  const live = state?.sandboxes.find((candidate) => candidate.id === sandboxId);

  // A stream tells of those that have not ended: when it knows nothing of this one, the record tells why.
  const { refetch } = record;
  const missingInStream = state !== undefined && live === undefined;
  useEffect(() => {
    if (missingInStream) void refetch();
  }, [missingInStream, refetch]);

  const recorded = record.data?.sandbox;
  const sandbox = live && recorded ? (live.revision >= recorded.revision ? live : recorded) : (live ?? recorded);
  return { sandbox, phase, error: sandbox === undefined ? record.error : undefined };
}
