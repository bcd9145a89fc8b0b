import { useQuery } from '@connectrpc/connect-query';
import { ObservedState, SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';

/** Asked for while somebody looks. A stream would hold one of the few connections that all tabs of a browser share. */
const everyMs = 2000;

/** What listens in a sandbox, kept up to date while it runs. */
export const usePorts = ({ id, observed }: Sandbox) =>
  useQuery(
    SandboxService.method.listPorts,
    { sandboxId: id },
    { enabled: observed === ObservedState.RUNNING, refetchInterval: everyMs },
  );
