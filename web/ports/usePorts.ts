import { useQuery } from '@connectrpc/connect-query';
import { ObservedState, SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';

/** There is no stream of ports; while somebody looks they are asked for so often. */
const everyMs = 3000;

/** What listens in a sandbox, kept up to date while it runs. */
export const usePorts = ({ id, observed }: Sandbox) =>
  useQuery(
    SandboxService.method.listPorts,
    { sandboxId: id },
    { enabled: observed === ObservedState.RUNNING, refetchInterval: everyMs },
  );
