import { useQuery } from '@connectrpc/connect-query';
import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { ProcessService, type Process } from '#proto/muster/v1/process_pb.js';

/** Asked for while somebody looks. A stream would hold one of the few connections that all tabs of a browser share. */
const everyMs = 2000;

export interface ListedProcesses {
  /** Newest first, also those that ended within the hour. Undefined until they are known. */
  readonly processes: readonly Process[] | undefined;
  readonly error: unknown;
  readonly refresh: () => Promise<unknown>;
}

/** The processes of a sandbox, kept up to date while it runs. */
export function useProcesses({ id, observed }: Sandbox, refused: string | undefined): ListedProcesses {
  const { data, error, refetch } = useQuery(
    ProcessService.method.listProcesses,
    { sandboxId: id, includeEnded: true },
    { enabled: observed === ObservedState.RUNNING && refused === undefined, refetchInterval: everyMs },
  );
  return { processes: data?.processes.toReversed(), error, refresh: refetch };
}
