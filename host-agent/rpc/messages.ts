import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type {
  CreateSandboxRequest,
  HostSandboxSchema,
  RunResponseSchema,
  SandboxExpiry,
  SandboxKeys,
} from '#proto/muster/agent/v1/host_agent_pb.js';
import type { RunRequest } from '#proto/muster/v1/process_pb.js';
import { EgressAction, EgressDefault, type EgressPolicy, EgressProtocol } from '#proto/muster/v1/network_pb.js';
import { ExpiryAction, NetworkMode, ObservedState, OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import type { NetworkPolicy } from '../network/index.ts';
import type { Expiry, RunEvent, RunSpec, SandboxSpec, SandboxState, SandboxView } from '../sandboxes/index.ts';

const states = {
  pending: ObservedState.PENDING,
  running: ObservedState.RUNNING,
  paused: ObservedState.PAUSED,
  stopped: ObservedState.STOPPED,
  failed: ObservedState.FAILED,
} satisfies Record<SandboxState, ObservedState>;

/** A sandbox as the control plane is told. */
export function toHostSandbox(view: SandboxView): MessageInitShape<typeof HostSandboxSchema> {
  return {
    sandboxId: view.sandboxId,
    attempt: view.attempt,
    state: states[view.state],
    revision: BigInt(view.revision),
    reason: view.reason,
    pausedByAgent: view.pausedByAgent,
    networkRevision: BigInt(view.networkRevision),
    keysRevision: BigInt(view.keysRevision),
    changedAt: timestampFromDate(view.changedAt),
    lastActivityAt: timestampFromDate(view.lastActivityAt),
  };
}

/** What a sandbox may reach. Validation has seen to it that rules say what they do. */
export function toNetwork({ network, egress }: { network?: NetworkMode; egress?: EgressPolicy }): NetworkPolicy {
  if (network !== NetworkMode.EGRESS) return { mode: 'none' };
  return {
    mode: 'egress',
    default: egress?.default === EgressDefault.DENY ? 'deny' : 'allow',
    resolveNames: egress?.resolveNames ?? false,
    rules: (egress?.rules ?? []).map(({ action, cidr, protocol, ports }) => ({
      action: action === EgressAction.ALLOW ? 'allow' : 'deny',
      cidr,
      protocol: protocols[protocol],
      ports: ports.map(({ first, last }) => ({ first, last: last || first })),
    })),
  };
}

const protocols = {
  [EgressProtocol.UNSPECIFIED]: 'any',
  [EgressProtocol.TCP]: 'tcp',
  [EgressProtocol.UDP]: 'udp',
} as const;

/** What the driver needs for a sandbox. Validation has seen to it that spec and limits are there. */
export function toSandboxSpec({ sandboxId, attempt, spec }: CreateSandboxRequest): SandboxSpec {
  const limits = spec?.limits;
  return {
    sandboxId,
    attempt,
    template: spec?.template ?? '',
    layers: spec?.layers ?? [],
    limits: {
      cpu: limits?.cpu ?? 0,
      memoryMib: limits?.memoryMib ?? 0,
      diskMib: limits?.diskMib ?? 0,
      pids: limits?.pids ?? 0,
    },
    env: spec?.env ?? {},
    keys: spec?.keys && toKeys(spec.keys),
    hostname: spec?.hostname ?? '',
    onDisconnect: spec?.onDisconnect === OnDisconnect.KEEP ? 'keep' : 'pause',
    network: toNetwork(spec ?? {}),
    networkRevision: Number(spec?.networkRevision ?? 0),
    expiresInMs: spec?.expiresIn && durationMs(spec.expiresIn),
    onExpiry: expiryActions[spec?.onExpiry ?? ExpiryAction.UNSPECIFIED],
  };
}

/** Keys of a sandbox's team. */
export const toKeys = ({ revision, variables }: SandboxKeys) => ({ revision: Number(revision), variables });

const expiryActions = {
  [ExpiryAction.UNSPECIFIED]: undefined,
  [ExpiryAction.DESTROY]: 'destroy',
  [ExpiryAction.STOP]: 'stop',
  [ExpiryAction.PAUSE]: 'pause',
} as const;

/** When a sandbox ends. */
export function toExpiry({ sandboxId, attempt, expiresIn, onExpiry }: SandboxExpiry): Expiry {
  return {
    sandboxId,
    attempt,
    expiresInMs: expiresIn && durationMs(expiresIn),
    onExpiry: expiryActions[onExpiry],
  };
}

/** A command as the driver runs it. */
export function toRunSpec({ argv, env, cwd, user, stdin, keepStdinOpen, timeout }: RunRequest): RunSpec {
  return { argv, env, cwd, user, stdin, keepStdinOpen, timeoutMs: timeout && durationMs(timeout) };
}

/** What a command did, as the user sees it. */
export function toRunResponse(event: RunEvent, hostId: string): MessageInitShape<typeof RunResponseSchema> {
  switch (event.type) {
    case 'started':
      return {
        event: { event: { case: 'started', value: { pid: event.pid, hostId, processId: event.processId } } },
      };
    case 'stdout':
      return { event: { event: { case: 'stdout', value: event.data } } };
    case 'stderr':
      return { event: { event: { case: 'stderr', value: event.data } } };
    case 'exit': {
      const { code, signal, timedOut, durationMs: ms, reason } = event;
      const value = { code, signal, timedOut, duration: durationFromMs(ms), reason };
      return { event: { event: { case: 'exit', value } } };
    }
  }
}
