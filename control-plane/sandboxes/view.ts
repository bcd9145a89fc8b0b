import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { SandboxEventSchema, SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { refusalOf, type Action, type Caller } from '../access/index.ts';
import { refusalByState, type Rule } from '../state-rules.ts';
import { networkToProto } from './network.ts';
import type { Sandbox } from './sandbox.ts';
import { labelOf, sandboxActions, situationOf, snapshotRule, type SandboxAction, type Situation } from './states.ts';
import type { SandboxEvent } from './store.ts';
import { observedTo, onDisconnectTo, onExpiryTo, wantedTo } from './wire.ts';

const timestamp = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

/** A sandbox as this caller reads it, with what it can do with it now. */
export function sandboxToProto(sandbox: Sandbox, caller: Caller): MessageInitShape<typeof SandboxSchema> {
  return {
    id: sandbox.id,
    teamId: sandbox.teamId,
    createdBy: sandbox.createdBy,
    hostId: sandbox.hostId,
    hostName: sandbox.hostName,
    template: sandbox.template,
    limits: {
      cpu: sandbox.cpuMillis / 1000,
      memoryMib: sandbox.memoryMib,
      diskMib: sandbox.diskMib,
      pids: sandbox.pids,
    },
    metadata: { ...sandbox.metadata },
    ...networkToProto(sandbox),
    networkPending: sandbox.networkPending,
    onDisconnect: onDisconnectTo(sandbox.onDisconnect),
    onExpiry: onExpiryTo(sandbox.onExpiry),
    autoResume: sandbox.autoResume,
    autoRenew: sandbox.autoRenewMs === null ? undefined : durationFromMs(sandbox.autoRenewMs),
    wanted: wantedTo(sandbox.wanted),
    observed: observedTo(sandbox.observed),
    revision: BigInt(sandbox.revision),
    reason: sandbox.reason,
    createdAt: timestamp(sandbox.createdAt),
    startedAt: timestamp(sandbox.startedAt),
    endedAt: timestamp(sandbox.endedAt),
    expiresAt: timestamp(sandbox.expiresAt),
    lastActivityAt: timestamp(sandbox.lastActivityAt),
    silentSince: timestamp(sandbox.silentSince),
    stateLabel: labelOf(sandbox),
    actions: allowedActions(sandbox, caller),
  };
}

function allowedActions(sandbox: Sandbox, caller: Caller) {
  const situation = situationOf(sandbox);
  const allowed = (action: string, right: Action, rule: Rule<Situation>) => {
    const reason = refusalOf(caller, right, sandbox) ?? refusalByState(rule, situation);
    return { action, allowed: reason === undefined, reason: reason ?? '' };
  };
  return [
    ...(Object.keys(sandboxActions) as SandboxAction[]).map((action) =>
      allowed(action, action === 'sandbox.run' ? action : 'sandbox.change', sandboxActions[action]),
    ),
    ...copyActions.map((action) => allowed(action, action, snapshotRule)),
  ];
}

/** What copies its files. */
const copyActions = ['snapshot.create', 'sandbox.fork'] as const satisfies readonly Action[];

export const eventToProto = ({
  at,
  wanted,
  observed,
  reason,
  hostId,
}: SandboxEvent): MessageInitShape<typeof SandboxEventSchema> => ({
  at: timestamp(at),
  wanted: wantedTo(wanted),
  observed: observedTo(observed),
  reason,
  hostId,
});
