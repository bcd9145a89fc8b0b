import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { keyFingerprint } from '#contract/statements.ts';
import {
  DrainAction,
  DrainState,
  HostOwner,
  HostStatus as WireStatus,
  type HostDrainSchema,
  type HostIdentitySchema,
  type HostSchema,
  type JoinTokenSchema,
} from '#proto/muster/v1/host_pb.js';
import { refusalOf, type Action, type Caller } from '../access/index.ts';
import { refusalByState } from '../state-rules.ts';
import type { Host, HostDrain, HostIdentity, HostStatus } from './host.ts';
import type { JoinToken } from './join-tokens.ts';
import type { HostFilter } from './store.ts';
import { hostActions, type HostAction } from './states.ts';
import { visibilityOf } from './visibility.ts';

const statuses = {
  pending: WireStatus.PENDING,
  online: WireStatus.ONLINE,
  unreachable: WireStatus.UNREACHABLE,
  deleted: WireStatus.DELETED,
} satisfies Record<HostStatus, WireStatus>;

/** The statuses that a list asks for; all but deleted ones where it names none. */
export function statusesFrom(asked: readonly WireStatus[]): HostStatus[] {
  const names = Object.keys(statuses) as HostStatus[]; // the table's own keys
  const wanted = asked.filter((status) => status !== WireStatus.UNSPECIFIED);
  return wanted.length === 0
    ? names.filter((name) => name !== 'deleted')
    : names.filter((name) => wanted.includes(statuses[name]));
}

/** Whose hosts a list asks for. */
export const ownerFrom = (asked: HostOwner): HostFilter['owner'] =>
  asked === HostOwner.PLATFORM ? 'platform' : asked === HostOwner.TEAM ? 'team' : 'any';

/** A host as this caller reads it, with what it can do with it now. `identity` only where one host is asked for. */
export function hostToProto(host: Host, caller: Caller, identity?: HostIdentity): MessageInitShape<typeof HostSchema> {
  const { specs, usage } = host;
  return {
    id: host.id,
    name: host.name,
    status: statuses[host.status],
    connected: host.connected,
    labels: { ...host.labels },
    specs: specs
      ? {
          ...specs,
          memoryMib: BigInt(specs.memoryMib),
          diskMib: BigInt(specs.diskMib),
          missingBuilders: [...specs.missingBuilders],
          templates: [...specs.templates],
          layers: readsLayers(host, caller) ? [...specs.layers] : [],
          templateDigests: [...specs.templateDigests],
        }
      : undefined,
    overcommit: host.overcommit,
    usage: {
      sandboxes: usage.sandboxes,
      cpu: usage.cpuMillis / 1000,
      memoryMib: BigInt(usage.memoryMib),
      diskMib: BigInt(usage.diskMib),
    },
    cordoned: host.cordonReason !== null,
    cordonReason: host.cordonReason ?? '',
    quarantined: host.quarantined,
    createdAt: timestampFromDate(host.createdAt),
    joinedAt: host.joinedAt ? timestampFromDate(host.joinedAt) : undefined,
    lastSeenAt: host.lastSeenAt ? timestampFromDate(host.lastSeenAt) : undefined,
    clockSkewMs: BigInt(host.clockSkewMs),
    lastReconcile: host.lastReconcile,
    lastReconciledAt: host.lastReconciledAt ? timestampFromDate(host.lastReconciledAt) : undefined,
    actions: allowedActions(host, caller),
    drain: host.drain ? drainToProto(host.drain) : undefined,
    quarantineReason: host.quarantineReason ?? '',
    quarantinedAt: host.quarantinedAt ? timestampFromDate(host.quarantinedAt) : undefined,
    identity: identity && identityToProto(identity),
    teamId: host.teamId ?? '',
    assignedTeamId: readsTeam(host.assignedTeamId, caller) ? host.assignedTeamId : '',
    teamName: host.teamName ?? '',
    joinTokenExpiresAt: host.joinTokenExpiresAt ? timestampFromDate(host.joinTokenExpiresAt) : undefined,
  };
}

const drainStates = {
  draining: DrainState.DRAINING,
  drained: DrainState.DRAINED,
  gave_up: DrainState.GAVE_UP,
} satisfies Record<HostDrain['state'], DrainState>;

const drainActions = {
  wait: DrainAction.WAIT,
  stop: DrainAction.STOP,
  destroy: DrainAction.DESTROY,
} satisfies Record<HostDrain['action'], DrainAction>;

function drainToProto(drain: HostDrain): MessageInitShape<typeof HostDrainSchema> {
  const { state, action, startedAtMs, deadlineAtMs, endedAtMs, ...rest } = drain;
  return {
    ...rest,
    state: drainStates[state],
    action: drainActions[action],
    startedAt: timestampFromMs(startedAtMs),
    deadlineAt: deadlineAtMs === null ? undefined : timestampFromMs(deadlineAtMs),
    endedAt: endedAtMs === null ? undefined : timestampFromMs(endedAtMs),
  };
}

function identityToProto(identity: HostIdentity): MessageInitShape<typeof HostIdentitySchema> {
  const { publicKey, lastRotatedAt, refreshExpiresAt, ...rest } = identity;
  return {
    ...rest,
    keyFingerprint: keyFingerprint(publicKey),
    lastRotatedAt: lastRotatedAt ? timestampFromDate(lastRotatedAt) : undefined,
    refreshExpiresAt: refreshExpiresAt ? timestampFromDate(refreshExpiresAt) : undefined,
  };
}

/** The digests of what all teams keep on a shared host are for nobody else: whoever knows one could ask for what it names. */
const readsLayers = ({ teamId }: Host, caller: Caller): boolean =>
  visibilityOf(caller).all || readsTeam(teamId, caller);

/** Whether it is a team that the caller may know of. */
function readsTeam(teamId: string | null, caller: Caller): teamId is string {
  const { all, teamIds } = visibilityOf(caller);
  return teamId !== null && (all || teamIds.includes(teamId));
}

function allowedActions(host: Host, caller: Caller) {
  return (Object.keys(hostActions) as HostAction[]).map((action) => {
    const right: Action = action === 'host.uncordon' ? 'host.cordon' : action;
    const reason =
      refusalOf(caller, right, { teamId: host.teamId, hostId: host.id }) ??
      refusalByState(hostActions[action], host.status) ??
      (action === 'host.unlock' && !host.quarantined ? 'It is not quarantined.' : undefined);
    return { action, allowed: reason === undefined, reason: reason ?? '' };
  });
}

export const joinTokenToProto = ({
  token,
  expiresAt,
  command,
  installCommand,
}: JoinToken): MessageInitShape<typeof JoinTokenSchema> => ({
  token: token.reveal(),
  expiresAt: timestampFromDate(expiresAt),
  joinCommand: command.reveal(),
  installCommand,
});
