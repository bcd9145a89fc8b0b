import { randomBytes } from 'node:crypto';
import { createClient, type Transport } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Services } from '../../context.ts';
import { HostNotConnected, HostQuarantined, type HostsElsewhere } from '../connection/call.ts';
import type { AgentSession } from '../connection/session.ts';
import { agentTransport } from '../connection/transport.ts';
import { hostCounters } from '../counters.ts';
import { forwardingRoot, notForwardedHeader, type NotForwarded } from './address.ts';
import { replicaSessions } from './sessions.ts';
import { findHolder } from './store.ts';
import { passes } from './tokens.ts';

const quarantinedThere: NotForwarded = 'quarantined';

/** The way of one call: a connection to the replica that holds the host. */
interface Way {
  readonly session: AgentSession;
  /** What to tell where that replica has said that the host was sent nothing. */
  refusal(): HostNotConnected | undefined;
}

/**
 * Clients of hosts that are connected to other replicas. A call goes to the replica that the connection's row names, and
 * that one hands it to the host or to nobody: one hop at most. Where nothing was sent, HostNotConnected says so.
 */
export function hostsElsewhere(services: Services): HostsElsewhere & {
  /** Whether a host answers over the connection that another replica has to it. */
  readonly answers: (hostId: string, timeoutMs: number) => Promise<boolean>;
  close(): void;
} {
  const { pool, log, replicaId } = services;
  const sessions = replicaSessions();
  const passFor = passes(services);
  const { forwarded } = hostCounters(services.metrics);

  const wayTo = async (hostId: string): Promise<Way> => {
    const holder = await findHolder(pool, hostId);
    // A row of ours for a connection that we do not hold has just ended.
    if (!holder || holder.id === replicaId) {
      forwarded.inc({ direction: 'out', outcome: 'not_connected' });
      throw new HostNotConnected();
    }
    const [pass, session] = await Promise.all([
      passFor({ hostId, replicaId: holder.id }),
      sessions.to(holder.url).catch((error: unknown) => {
        forwarded.inc({ direction: 'out', outcome: 'unreachable' });
        log.warn({ err: error, hostId, replica: holder }, 'the replica that holds a host cannot be reached');
        throw new HostNotConnected();
      }),
    ]);
    let refused: unknown;
    return {
      refusal() {
        if (refused === undefined) return undefined;
        return refused === quarantinedThere ? new HostQuarantined() : new HostNotConnected();
      },
      session: {
        ...session,
        open(path, headers) {
          const authorization = `Bearer ${pass.reveal()}`;
          const stream = session.open(`${forwardingRoot}${path}`, { ...headers, authorization });
          forwarded.inc({ direction: 'out', outcome: 'sent' });
          stream.once('response', (answer) => {
            refused = answer[notForwardedHeader];
            if (refused === 'denied')
              log.warn({ hostId, replica: holder }, 'another replica denied a call: is its address the right one?');
          });
          return stream;
        },
      },
    };
  };

  const transportTo = (hostId: string): Transport => ({
    async unary(method, ...call) {
      const way = await wayTo(hostId);
      try {
        return await agentTransport(way.session).unary(method, ...call);
      } catch (error) {
        throw way.refusal() ?? error;
      }
    },
    async stream(method, ...call) {
      const way = await wayTo(hostId);
      const answer = await agentTransport(way.session).stream(method, ...call);
      return { ...answer, message: told(way, answer.message) };
    },
  });

  const client = (hostId: string) => createClient(HostAgentService, transportTo(hostId));

  return {
    client,
    answers: (hostId, timeoutMs) =>
      client(hostId)
        .proveConnection({ nonce: randomBytes(32) }, { timeoutMs })
        .then(
          () => true,
          () => false,
        ),
    close: () => sessions.close(),
  };
}

async function* told<Message>(way: Way, messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw way.refusal() ?? error;
  }
}
