import type { Services } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import type { Bridge } from '../../server/bridge.ts';
import type { Calls } from '../../server/calls.ts';
import { answerText, headerOf, type NodeRequest, type NodeResponse } from '../../server/http-types.ts';
import { HostQuarantined } from '../connection/call.ts';
import type { HostConnections } from '../connection/connections.ts';
import type { AgentSession } from '../connection/session.ts';
import { hostCounters } from '../counters.ts';
import { agentPathIn, forwardingRoot, notForwardedHeader, tokenIn, type NotForwarded } from './address.ts';
import { passOn } from './pass-on.ts';
import { readPass } from './tokens.ts';

/** Takes the calls of other replicas for hosts that are connected to this one. Never hands one on to a third. */
export function forwardingDoor(services: Services, connections: HostConnections): Bridge {
  const { forwarded } = hostCounters(services.metrics);
  const refuse = (response: NodeResponse, why: NotForwarded) => {
    forwarded.inc({ direction: 'in', outcome: why });
    answerNo(response, why);
  };
  return {
    matches: (path) => path.startsWith(`${forwardingRoot}/`),
    async serve({ request, response, path, calls }) {
      const pass = await readPass(services, tokenIn(request));
      const agentPath = agentPathIn(path);
      const stream = 'stream' in request ? request.stream : undefined;
      // Whoever took our address after another replica is not the one that was meant.
      if (!pass || pass.replicaId !== services.replicaId || !agentPath || !stream) return refuse(response, 'denied');
      const link = connections.get(pass.hostId);
      if (!link) return refuse(response, 'not_connected');
      const countOut = countIn(calls);
      if (!countOut) return refuse(response, 'shutting_down');
      const host = openOn(link.session, agentPath, headersFrom(request));
      if (typeof host === 'string') {
        countOut();
        return refuse(response, host);
      }
      forwarded.inc({ direction: 'in', outcome: 'passed_on' });
      const signal = isStream(request) ? calls.streamSignal : calls.lastSignal;
      await passOn(stream, host, { signal, onHeard: () => link.session.notifyResponseByteRead() }).finally(countOut);
    },
  };
}

/** Undefined when the replica is going away. */
function countIn(calls: Calls): (() => void) | undefined {
  try {
    return calls.begin();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Why not, where the connection has just ended or is limited by a quarantine. */
function openOn(session: AgentSession, path: string, headers: Readonly<Record<string, string>>) {
  try {
    return session.open(path, headers);
  } catch (error) {
    return error instanceof HostQuarantined ? 'quarantined' : 'not_connected';
  }
}

const contentTypeOf = (request: NodeRequest) => headerOf(request, 'content-type') ?? '';
const isStream = (request: NodeRequest) => contentTypeOf(request).startsWith('application/connect+');

/** What an agent's own call carries, and no more. */
function headersFrom(request: NodeRequest): Readonly<Record<string, string>> {
  const timeout = headerOf(request, 'connect-timeout-ms');
  return {
    'content-type': contentTypeOf(request),
    'connect-protocol-version': '1',
    ...(timeout !== undefined && { 'connect-timeout-ms': timeout }),
  };
}

const answers: Readonly<Record<NotForwarded, readonly [status: number, text: string]>> = {
  denied: [401, 'This address is for the replicas of this installation.'],
  not_connected: [503, 'The host is not connected to this replica.'],
  quarantined: [503, 'The host is quarantined: this may not be asked of it now.'],
  shutting_down: [503, 'This replica is shutting down.'],
};

function answerNo(response: NodeResponse, why: NotForwarded): void {
  const [status, text] = answers[why];
  answerText(response, status, text, { [notForwardedHeader]: why });
}
