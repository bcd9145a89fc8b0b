import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { HostQuarantined } from './call.ts';
import type { AgentSession } from './session.ts';

/** What a host is asked over a connection that it makes while it is quarantined: it may be the copy. */
const asked = [HostAgentService.method.proveConnection, HostAgentService.method.getInventory];
const askedPaths: ReadonlySet<string> = new Set(asked.map(({ parent, name }) => `/${parent.typeName}/${name}`));

/** A session on which all other calls throw HostQuarantined, ours and those that other replicas hand over. */
export const inventoryOnly = (session: AgentSession): AgentSession => ({
  ...session,
  open(path, headers) {
    if (!askedPaths.has(path)) throw new HostQuarantined();
    return session.open(path, headers);
  },
});
