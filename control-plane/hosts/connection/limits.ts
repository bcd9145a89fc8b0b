import type { DescMethod } from '@bufbuild/protobuf';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { HostQuarantined } from './call.ts';
import type { AgentSession } from './session.ts';

/** What a host may be asked over a connection: a quarantine limits it, since whoever holds the connection may be the copy. */
export type Limits = 'none' | 'nothing new' | 'inventory';

const pathsOf = (...methods: readonly DescMethod[]): ReadonlySet<string> =>
  new Set(methods.map(({ parent, name }) => `/${parent.typeName}/${name}`));

const { proveConnection, getInventory, ...others } = HostAgentService.method;
const { createSandbox, setKeys, applyAccess, applyUpdate, buildTemplate, writeLayer } = others;
const whatIsThere = pathsOf(proveConnection, getInventory);
const whatIsNew = pathsOf(createSandbox, setKeys, applyAccess, applyUpdate, buildTemplate, writeLayer);

const passes = {
  none: () => true,
  // The connection stood when the host was quarantined: what runs there is used as before.
  'nothing new': (path: string) => !whatIsNew.has(path),
  // It was made afterwards.
  inventory: (path: string) => whatIsThere.has(path),
} satisfies Record<Limits, (path: string) => boolean>;

/** A session within limits: calls beyond them throw HostQuarantined, ours and those that other replicas hand over. */
export const within = (limits: { readonly now: Limits }, session: AgentSession): AgentSession => ({
  ...session,
  open(path, headers) {
    if (!passes[limits.now](path)) throw new HostQuarantined();
    return session.open(path, headers);
  },
});
