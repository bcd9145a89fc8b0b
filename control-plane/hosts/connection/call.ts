import { Code, ConnectError, type Client } from '@connectrpc/connect';
import type { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { hostUnreachable, Refusal } from '../../errors.ts';
import type { HostConnections } from './connections.ts';

export type HostClient = Client<typeof HostAgentService>;

/** What a host said no to, in its own typed words: it has understood the call and will not carry it out. */
export class HostRefusal extends Refusal {
  override readonly name: string = 'HostRefusal';
}

/** The host is not connected, so nothing was sent to it: whatever the call was for has certainly not happened. */
export class HostNotConnected extends Refusal {
  override readonly name: string = 'HostNotConnected';

  constructor(message = 'The host is not connected now.', help = 'Repeat the call when the host is back.') {
    super(Code.Unavailable, Reason.HOST_UNREACHABLE, message, { help });
  }
}

/** A quarantine keeps the call from the host. Nothing was sent to it. */
export class HostQuarantined extends HostNotConnected {
  override readonly name: string = 'HostQuarantined';

  constructor() {
    super(
      'The host is quarantined: whoever is connected as it may be a copy, so it was not asked.',
      'Repeat the call when an operator has unlocked the host.',
    );
  }
}

/** Calls on hosts by their id, wherever they are connected. */
export interface HostCalls {
  /** One call with a deadline. Throws HostRefusal for the host's own no, HostNotConnected where nothing was sent, HOST_UNREACHABLE when nobody knows what became of it. */
  call<Answer>(
    hostId: string,
    timeoutMs: number,
    call: (client: HostClient, options: { timeoutMs: number; signal?: AbortSignal }) => Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer>;
  /** One call that streams its answer, for as long as it takes. Errors as above. */
  stream<Message>(
    hostId: string,
    call: (client: HostClient, options: { signal: AbortSignal }) => AsyncIterable<Message>,
    signal: AbortSignal,
  ): AsyncGenerator<Message>;
}

/** Clients of hosts that this replica does not hold. */
export interface HostsElsewhere {
  client(hostId: string): HostClient;
}

/** Calls over the connections of this replica, and over those that hold the hosts that it does not. */
export function hostCalls(connections: Pick<HostConnections, 'get'>, elsewhere: HostsElsewhere): HostCalls {
  const clientOf = (hostId: string): HostClient => {
    const link = connections.get(hostId);
    return link ? link.client : elsewhere.client(hostId);
  };
  return {
    async call(hostId, timeoutMs, call, signal) {
      const client = clientOf(hostId);
      try {
        return await call(client, { timeoutMs, signal });
      } catch (error) {
        throw translate(error, signal);
      }
    },
    async *stream(hostId, call, signal) {
      const client = clientOf(hostId);
      // With this reason the host is told that the call was cancelled; any other would look like a fault of ours.
      const canceling = new AbortController();
      const cancel = () => canceling.abort(new ConnectError('the caller went away', Code.Canceled));
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      try {
        yield* call(client, { signal: canceling.signal });
      } catch (error) {
        throw translate(error, signal);
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

/** Codes with which an agent refuses. Only together with a typed detail: the transport makes some of them up, too, and never adds one. */
const refusals = new Set([
  Code.NotFound,
  Code.FailedPrecondition,
  Code.ResourceExhausted,
  Code.Internal,
  Code.InvalidArgument,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.OutOfRange,
  Code.Aborted,
  Code.DeadlineExceeded,
]);

/** What the transport says when the connection breaks under a call; the last one where a stream has no end. */
const lostConnection = new Set([Code.Canceled, Code.Aborted, Code.Unavailable, Code.InvalidArgument]);

function translate(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!(error instanceof ConnectError)) return error;
  if (error.details.length > 0 && refusals.has(error.code)) {
    const [info] = error.findDetails(ErrorInfoSchema);
    return new HostRefusal(error.code, info?.reason ?? Reason.INTERNAL, error.rawMessage, {
      help: info?.help,
      field: info?.field,
      cause: error,
    });
  }
  // Our caller went away, or we are stopping.
  if (signal?.aborted) return error;
  if (error.code === Code.DeadlineExceeded) return hostUnreachable('The host did not answer in time.', error);
  if (lostConnection.has(error.code)) return hostUnreachable('The connection to the host was lost.', error);
  return hostUnreachable('The host gave no answer that could be understood.', error);
}
