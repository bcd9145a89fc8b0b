import type { DescMethod } from '@bufbuild/protobuf';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { HostQuarantined } from './call.ts';
import type { AgentSession } from './session.ts';

/** What a host may be asked over a connection: a quarantine limits it, since whoever holds the connection may be the copy. */
export type Limits = 'none' | 'nothing new' | 'inventory';

const pathsOf = (...methods: readonly DescMethod[]): ReadonlySet<string> =>
  new Set(methods.map(({ parent, name }) => `/${parent.typeName}/${name}`));

const agent = HostAgentService.method;
const whatIsThere = [agent.proveConnection, agent.getInventory];
/** The use and the end of what is there. Nothing that brings it more: no sandboxes, keys, layers, builds, updates, accesses. */
const itsUse = [
  agent.pauseSandbox,
  agent.resumeSandbox,
  agent.stopSandbox,
  agent.startSandbox,
  agent.destroySandbox,
  agent.run,
  agent.handleProcess,
  agent.attachProcess,
  agent.connectPort,
  agent.listPorts,
  agent.handleFile,
  agent.readFile,
  agent.uploadFile,
  agent.watchDirectory,
  agent.getMetrics,
  agent.getWork,
  agent.getLogs,
  agent.updateNetwork,
  agent.setExpiries,
  agent.snapshotSandbox,
  agent.prepareLayer,
  agent.readLayer,
  agent.deleteLayer,
  agent.stopUpdate,
];
const passing = { inventory: pathsOf(...whatIsThere), 'nothing new': pathsOf(...whatIsThere, ...itsUse) };

const passes = {
  none: () => true,
  // The connection stood when the host was quarantined: what runs there is used as before.
  'nothing new': (path: string) => passing['nothing new'].has(path),
  // It was made afterwards.
  inventory: (path: string) => passing.inventory.has(path),
} satisfies Record<Limits, (path: string) => boolean>;

/** A session within limits: calls beyond them throw HostQuarantined, ours and those that other replicas hand over. */
export const within = (limits: { readonly now: Limits }, session: AgentSession): AgentSession => ({
  ...session,
  open(path, headers) {
    if (!passes[limits.now](path)) throw new HostQuarantined();
    return session.open(path, headers);
  },
});
