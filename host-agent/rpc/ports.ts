import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import type { Sandboxes } from '../sandboxes/index.ts';

type PortHandlers = Pick<ServiceImpl<typeof HostAgentService>, 'connectPort' | 'listPorts' | 'updateNetwork'>;

/** The part of the host's side that is about ports and the network. */
export function portHandlers(_context: Context, _sandboxes: Sandboxes): PortHandlers {
  const refuse = (): never => {
    throw new ConnectError('This agent cannot reach ports yet: update it.', Code.Unimplemented);
  };
  return { connectPort: refuse, listPorts: refuse, updateNetwork: refuse };
}
