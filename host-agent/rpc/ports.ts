import type { ServiceImpl } from '@connectrpc/connect';
import type { ConnectPortRequest, HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import type { PortConnection } from '../init/index.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { toWireError } from './errors.ts';
import { toHostSandbox, toNetwork } from './messages.ts';

type PortHandlers = Pick<ServiceImpl<typeof HostAgentService>, 'connectPort' | 'listPorts' | 'updateNetwork'>;

/** The part of the host's side that is about ports and the network. */
export function portHandlers(context: Context, sandboxes: Sandboxes): PortHandlers {
  return {
    async *connectPort(requests, { signal }) {
      const incoming = requests[Symbol.asyncIterator]();
      let connection: PortConnection | undefined;
      const leave = () => connection?.reset();
      signal.addEventListener('abort', leave);
      try {
        const first = await incoming.next();
        if (first.done || first.value.message.case !== 'open') return;
        const { sandboxId, port } = first.value.message.value;
        connection = await sandboxes.connectPort(sandboxId, port);
        void carryIn(incoming, connection);
        yield { message: { case: 'connected', value: {} } };
        for (let bytes = await connection.read(); bytes; bytes = await connection.read())
          yield { message: { case: 'data', value: bytes } };
      } catch (error) {
        throw toWireError(context, error);
      } finally {
        signal.removeEventListener('abort', leave);
        connection?.reset();
      }
    },

    async listPorts({ sandboxId }) {
      try {
        const ports = await sandboxes.listPorts(sandboxId);
        return { ports: ports.map(({ addresses, ...port }) => ({ ...port, addresses: [...addresses] })) };
      } catch (error) {
        throw toWireError(context, error);
      }
    },

    async updateNetwork(request) {
      try {
        const { sandboxId, attempt, networkRevision } = request;
        const view = await sandboxes.setNetwork(sandboxId, attempt, toNetwork(request), Number(networkRevision));
        return { sandbox: toHostSandbox(view) };
      } catch (error) {
        throw toWireError(context, error);
      }
    },
  };
}

/** Carries bytes towards the port until their end. A caller that breaks off breaks the connection. */
async function carryIn(incoming: AsyncIterator<ConnectPortRequest>, connection: PortConnection): Promise<void> {
  try {
    for (let next = await incoming.next(); !next.done; next = await incoming.next())
      if (next.value.message.case === 'data') await connection.write(next.value.message.value);
    connection.endInput();
  } catch {
    connection.reset();
  }
}
