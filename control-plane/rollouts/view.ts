import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  OfflinePolicy,
  RolloutState as WireState,
  UpdateState as WireUpdateState,
  type RolloutSchema,
  type RolloutStrategySchema,
  type RolloutUpdateSchema,
} from '#proto/muster/v1/rollout_pb.js';
import { count } from '../fleet/index.ts';
import { refusalByState } from '../state-rules.ts';
import type { Draft } from './create.ts';
import { evidenceOf } from './evidence.ts';
import type { Rollout, RolloutState, Strategy, Update, UpdateState } from './rollout.ts';
import { rolloutActions, type RolloutAction } from './states.ts';

const states = {
  running: WireState.RUNNING,
  paused: WireState.PAUSED,
  stopping: WireState.STOPPING,
  succeeded: WireState.SUCCEEDED,
  failed: WireState.FAILED,
  aborted: WireState.ABORTED,
} satisfies Record<RolloutState, WireState>;

const updateStates = {
  queued: WireUpdateState.QUEUED,
  running: WireUpdateState.RUNNING,
  verifying: WireUpdateState.VERIFYING,
  returning: WireUpdateState.RETURNING,
  succeeded: WireUpdateState.SUCCEEDED,
  failed: WireUpdateState.FAILED,
  superseded: WireUpdateState.SUPERSEDED,
  aborted: WireUpdateState.ABORTED,
  skipped: WireUpdateState.SKIPPED,
} satisfies Record<UpdateState, WireUpdateState>;

const actions = Object.keys(rolloutActions) as RolloutAction[]; // the table names every action

/** A rollout as it is read; with its updates, where they are wanted. */
export function rolloutToProto(
  rollout: Rollout,
  updates: readonly Update[] = [],
): MessageInitShape<typeof RolloutSchema> {
  const { id, repository, components, targetSha, targetSubject, createdBy, reason, batch, batches, counts } = rollout;
  const soaks = rollout.state === 'running' && rollout.soakBeganAt;
  return {
    id,
    repository,
    components: [...components],
    targetSha,
    targetSubject,
    createdBy,
    reason,
    batch,
    batches: batches - (rollout.canaryHosts > 0 ? 0 : 1),
    state: states[rollout.state],
    sentence: sentenceOf(rollout),
    strategy: strategyToProto(rollout),
    includePinned: rollout.includePinned,
    createdAt: timestampFromDate(rollout.createdAt),
    endedAt: rollout.endedAt ? timestampFromDate(rollout.endedAt) : undefined,
    soaksUntil: soaks ? timestampFromDate(new Date(soaks.getTime() + rollout.soakMs)) : undefined,
    counts: (Object.keys(updateStates) as UpdateState[]).flatMap((state) =>
      // the table names every state
      counts[state] ? [{ state: updateStates[state], updates: counts[state] }] : [],
    ),
    updates: updates.map(updateToProto),
    actions: actions.filter((action) => isOffered(action, rollout)),
  };
}

/** What stops after failures can be aborted still: that ends commands that run. What is aborted is so once. */
const isOffered = (action: RolloutAction, { state, outcome }: Rollout): boolean =>
  refusalByState(rolloutActions[action], state) === undefined && !(action === 'abort' && outcome === 'aborted');

/** What a rollout does now, or why it ended. */
function sentenceOf({ state, sentence, counts, soakBeganAt }: Rollout): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const active = (counts.running ?? 0) + (counts.verifying ?? 0) + (counts.returning ?? 0);
  const done = `${counts.succeeded ?? 0} of ${all} ${all === 1 ? 'update' : 'updates'} done`;
  switch (state) {
    case 'running':
      if (active > 0) return `${done}, ${active} under way.`;
      return soakBeganAt && (counts.queued ?? 0) > 0
        ? `${done}; the batch soaks.`
        : `${done}, ${counts.queued ?? 0} waiting.`;
    case 'paused':
      return `${sentence || 'Paused'}: ${done}${active > 0 ? `, ${active} still under way` : ''}.`;
    case 'stopping':
      return `${sentence} ${active} still under way.`;
    default:
      return sentence;
  }
}

function updateToProto(update: Update): MessageInitShape<typeof RolloutUpdateSchema> {
  const { hostId, hostName, component, batch, fromSha, connected, lastLine, startedAt, commandEndedAt, endedAt } =
    update;
  const evidence = evidenceOf(update.report);
  return {
    hostId,
    hostName,
    component,
    batch,
    fromSha,
    connected,
    lastLine,
    state: updateStates[update.state],
    reason: update.reason || waitsFor(update),
    runningSha: evidence.kind === 'runs' ? evidence.sha : '',
    startedAt: startedAt ? timestampFromDate(startedAt) : undefined,
    commandEndedAt: commandEndedAt ? timestampFromDate(commandEndedAt) : undefined,
    endedAt: endedAt ? timestampFromDate(endedAt) : undefined,
  };
}

function waitsFor({ state, connected, quarantined }: Update): string {
  if (state !== 'queued' || connected) return '';
  return quarantined
    ? 'Its host is quarantined, so nothing is asked of it until somebody has unlocked it.'
    : 'Its host is not connected.';
}

const strategyToProto = (strategy: Strategy): MessageInitShape<typeof RolloutStrategySchema> => ({
  canaryHosts: strategy.canaryHosts,
  batchSize: strategy.batchSize,
  soak: durationFromMs(strategy.soakMs),
  maxFailures: strategy.maxFailures,
  offline: strategy.catchUp ? OfflinePolicy.CATCH_UP : OfflinePolicy.SKIP,
  catchUpFor: durationFromMs(strategy.catchUpMs),
  verifyWithin: durationFromMs(strategy.verifyMs),
  returnOnFailure: strategy.returnOnFailure,
});

/** What would be done, as it would begin. */
export function draftToProto({ rollout, updates, candidates }: Draft): MessageInitShape<typeof RolloutSchema> {
  const byHost = new Map(candidates.map((candidate) => [candidate.hostId, candidate]));
  const queued = updates.filter(({ state }) => state === 'queued');
  const hosts = new Set(queued.map(({ hostId }) => hostId)).size;
  const batches = new Set(queued.map(({ batch }) => batch)).size;
  const pinned = updates.length - queued.length;
  const besides = pinned === 0 ? '' : ` What is pinned elsewhere is left out: ${count(pinned, 'component')}.`;
  return {
    repository: rollout.repository,
    components: [...rollout.components],
    targetSha: rollout.targetSha,
    targetSubject: rollout.targetSubject,
    reason: rollout.reason,
    sentence: `It would update ${count(hosts, 'host')} in ${batches} ${batches === 1 ? 'batch' : 'batches'}.${besides} Nothing was done.`,
    strategy: strategyToProto(rollout),
    includePinned: rollout.includePinned,
    batch: rollout.batch,
    batches,
    counts: [
      { state: WireUpdateState.QUEUED, updates: queued.length },
      { state: WireUpdateState.SKIPPED, updates: pinned },
    ].filter(({ updates: some }) => some > 0),
    updates: updates
      .toSorted((one, other) => one.batch - other.batch)
      .map(({ hostId, component, batch, fromSha, state, reason }) => ({
        hostId,
        hostName: byHost.get(hostId)?.hostName,
        connected: byHost.get(hostId)?.connected,
        component,
        batch,
        fromSha,
        state: updateStates[state],
        reason,
      })),
  };
}
