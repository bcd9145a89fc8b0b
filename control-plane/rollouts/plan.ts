import { isAway, isFresh, isOverdue, soakIsOver, type Now } from './deadlines.ts';
import { runs, sayInstead, short } from './evidence.ts';
import { leftOut } from './held.ts';
import type { Rollout, Update, UpdateState } from './rollout.ts';
import { isActive } from './states.ts';

/** One step of a rollout: a compare-and-set in the database. */
export type Step =
  | { readonly kind: 'begin'; readonly update: Update; readonly command: 'update' | 'return'; readonly reason: string }
  | { readonly kind: 'move'; readonly update: Update; readonly to: UpdateState; readonly reason: string }
  | { readonly kind: 'stop command'; readonly update: Update }
  | { readonly kind: 'soak' }
  | { readonly kind: 'next batch' }
  | { readonly kind: 'stop'; readonly outcome: 'failed' | 'aborted'; readonly sentence: string }
  | { readonly kind: 'end'; readonly state: 'succeeded' | 'failed' | 'aborted'; readonly sentence: string };

/** A host that has said nothing for so long while its command ran is given up, beside the time that verifying may take. */
const silentMs = 600_000;
/** Longer than any command may take, whatever its host's config says. */
const longestMs = 90_000_000;
const fullSha = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** What is to be done next, in order. A pure function of what is: asked again after each step, it goes on where it was. */
export function plan(rollout: Rollout, updates: readonly Update[], now: Now): Step[] {
  const under = updates.flatMap((update) => followOne(rollout, update, now));
  if (under.length > 0) return under;
  if (rollout.state === 'stopping') return stopAll(rollout, updates);
  const tooMany = stopAtFailures(rollout, updates);
  if (tooMany) return [tooMany];
  if (rollout.state !== 'running') return [];
  return advance(rollout, updates, now);
}

/** What follows for an update from what its host told. */
function followOne(rollout: Rollout, update: Update, now: Now): Step[] {
  const { state, commandEndedAt, commandProblem, report } = update;
  if (update.hostDeleted && (isActive(update) || state === 'queued'))
    return [move(update, state === 'queued' ? 'skipped' : 'failed', 'The host was deleted.')];
  const told = (at: Date) => report !== undefined && report.reportedAt > at;
  switch (state) {
    case 'running':
      if (!commandEndedAt) return isLost(rollout, update, now) ? fail(rollout, update, lost) : [];
      if (update.stopAsked && commandProblem !== '')
        return [move(update, 'aborted', `The rollout was aborted while its command ran; ${sayInstead(report)}.`)];
      return commandProblem === '' ? [move(update, 'verifying', '')] : fail(rollout, update, commandProblem);
    case 'verifying':
      if (!commandEndedAt) return [];
      if (told(commandEndedAt) && runs(report, rollout.targetSha)) return [move(update, 'succeeded', '')];
      if (!isOverdue(commandEndedAt, rollout.verifyMs, now)) return [];
      return fail(rollout, update, unverified(rollout, update, told(commandEndedAt)));
    case 'returning': {
      if (!commandEndedAt) return isLost(rollout, update, now) ? [move(update, 'failed', join(update, lost))] : [];
      if (commandProblem !== '')
        return [move(update, 'failed', join(update, `It was not returned: ${commandProblem}`))];
      if (told(commandEndedAt) && runs(report, update.fromSha))
        return [move(update, 'failed', join(update, `It was returned to ${short(update.fromSha)}.`))];
      if (!isOverdue(commandEndedAt, rollout.verifyMs, now)) return [];
      return [
        move(update, 'failed', join(update, `The command that returns it ended well, but ${sayInstead(report)}.`)),
      ];
    }
    case 'succeeded':
      return rollout.soakBeganAt && rollout.state === 'running' && update.batch === rollout.batch && startedHere(update)
        ? soaked(rollout, update, now)
        : [];
    default:
      return [];
  }
}

/** Whether what succeeded still holds while its batch soaks; at the end it has to have been heard of lately. */
function soaked(rollout: Rollout, update: Update, now: Now): Step[] {
  const { report } = update;
  if (!runs(report, rollout.targetSha))
    return fail(rollout, update, `It ran the target, but no longer while its batch soaked: ${sayInstead(report)}.`);
  return isFresh(report, now) || !soakIsOver(rollout, now)
    ? []
    : fail(rollout, update, 'It ran the target, but was not heard of any more while its batch soaked.');
}

function stopAll(rollout: Rollout, updates: readonly Update[]): Step[] {
  const outcome = rollout.outcome ?? 'aborted';
  const steps = updates.flatMap((update): Step[] => {
    if (update.state === 'queued') return [move(update, 'aborted', 'The rollout ended before its turn.')];
    if (outcome !== 'aborted') return [];
    if (update.state === 'verifying')
      return [
        move(update, 'aborted', `The rollout was aborted after its command had ended; ${sayInstead(update.report)}.`),
      ];
    return update.state === 'running' && !update.stopAsked ? [{ kind: 'stop command', update }] : [];
  });
  if (steps.length > 0) return steps;
  return updates.some(isActive) ? [] : [{ kind: 'end', state: outcome, sentence: rollout.sentence }];
}

function stopAtFailures(rollout: Rollout, updates: readonly Update[]): Step | undefined {
  const failed = updates.filter(({ state }) => state === 'failed' || state === 'returning');
  const [first] = failed;
  if (!first || failed.length <= rollout.maxFailures) return undefined;
  const also = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
  return {
    kind: 'stop',
    outcome: 'failed',
    sentence: `It stopped because ${first.component} failed on ${first.hostName}${also}: ${first.reason}`,
  };
}

/** Goes on with the batch that is under way, and with hosts of earlier ones that have returned. */
function advance(rollout: Rollout, updates: readonly Update[], now: Now): Step[] {
  const turn = updates.filter(({ batch, state }) => state === 'queued' && batch <= rollout.batch);
  const steps = atOnce(
    rollout,
    updates,
    turn.flatMap((update) => takeTurn(rollout, updates, update, now)),
  );
  if (steps.length > 0) return steps;
  const members = updates.filter(({ batch }) => batch === rollout.batch);
  if (members.some((one) => isActive(one) || (one.state === 'queued' && !isAway(rollout, one, now)))) return [];
  const succeeded = members.filter(({ state }) => state === 'succeeded');
  if (rollout.batch === 0 && rollout.canaryHosts > 0 && succeeded.length === 0) {
    if (members.some(({ state }) => state === 'queued')) return [];
    return [
      { kind: 'stop', outcome: 'failed', sentence: 'It stopped because none of its canaries reports the target.' },
    ];
  }
  if (rollout.soakMs > 0 && succeeded.some(startedHere)) {
    if (!rollout.soakBeganAt) return [{ kind: 'soak' }];
    if (!soakIsOver(rollout, now)) return [];
  }
  if (rollout.batch < rollout.batches - 1) return [{ kind: 'next batch' }];
  if (updates.some((update) => update.state === 'queued' || isActive(update))) return [];
  return [ending(updates)];
}

/** Of these steps those that keep to the size of a batch: hosts that return together are not brought forward together. */
function atOnce(
  { batch, batchSize, canaryHosts }: Rollout,
  updates: readonly Update[],
  steps: readonly Step[],
): Step[] {
  const busy = new Set(updates.filter(isActive).map(({ hostId }) => hostId));
  const most = batch === 0 ? canaryHosts : batchSize || Infinity;
  return steps.filter((step) => {
    if (step.kind !== 'begin') return true;
    const fits = busy.size < most || busy.has(step.update.hostId);
    if (fits) busy.add(step.update.hostId);
    return fits;
  });
}

/** Whether an update whose batch has come can begin. */
function takeTurn(rollout: Rollout, updates: readonly Update[], update: Update, now: Now): Step[] {
  const pinned = leftOut(update, rollout.includePinned);
  if (pinned !== undefined) return [move(update, 'skipped', pinned)];
  const siblings = updates.filter(({ hostId, id }) => hostId === update.hostId && id !== update.id);
  const before = siblings.filter(({ place }) => place < update.place);
  // What is pinned stays where it must be: nothing behind it waits for that.
  const moving = before.filter((one) => leftOut(one, rollout.includePinned) === undefined);
  const broken = moving.find(({ state }) => state !== 'succeeded' && state !== 'queued' && !isActive({ state }));
  if (broken)
    return [move(update, 'skipped', `${broken.component} was not updated on this host, and comes before it.`)];
  if (siblings.some(isActive) || before.some(({ state }) => state === 'queued')) return [];
  if (!update.connected) {
    if (!rollout.catchUp)
      return isAway(rollout, update, now)
        ? [
            move(
              update,
              'skipped',
              `It was ${update.quarantined ? 'quarantined' : 'not connected'} when it was its turn.`,
            ),
          ]
        : [];
    return isOverdue(rollout.createdAt, rollout.catchUpMs, now)
      ? [move(update, 'skipped', 'It did not return while it was waited for.')]
      : [];
  }
  if (isFresh(update.report, now) && runs(update.report, rollout.targetSha))
    return [move(update, 'succeeded', 'It ran the target already.')];
  return [{ kind: 'begin', update, command: 'update', reason: '' }];
}

function ending(updates: readonly Update[]): Step {
  const count = (state: UpdateState) => updates.filter((update) => update.state === state).length;
  const done = count('succeeded');
  const rest = (['failed', 'skipped', 'superseded'] as const).flatMap((state) =>
    count(state) > 0 ? [`${count(state)} ${state}`] : [],
  );
  const everywhere = done === updates.length;
  const sentence = `${everywhere || done === 0 ? '' : 'Not everywhere: '}${done} of ${updates.length} ${updates.length === 1 ? 'update' : 'updates'} reported the target${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.`;
  return { kind: 'end', state: done > 0 ? 'succeeded' : 'failed', sentence };
}

/** An update that did not work: returned where that is wanted and known to where, else settled. */
function fail(rollout: Rollout, update: Update, reason: string): Step[] {
  const returnable =
    rollout.returnOnFailure && update.connected && fullSha.test(update.fromSha) && update.fromSha !== rollout.targetSha;
  return returnable ? [{ kind: 'begin', update, command: 'return', reason }] : [move(update, 'failed', reason)];
}

const lost = 'Nothing was heard of its host any more while the command ran.';

const isLost = (rollout: Rollout, { connected, lastSeenAt, startedAt }: Update, now: Now): boolean =>
  (!connected && lastSeenAt !== null && isOverdue(lastSeenAt, silentMs + rollout.verifyMs, now)) ||
  (startedAt !== null && isOverdue(startedAt, longestMs, now));

function unverified({ targetSha, verifyMs }: Rollout, { report }: Update, told: boolean): string {
  const within = `within ${Math.round(verifyMs / 1000)} s`;
  return told
    ? `The command ended well, but ${within} the target ${short(targetSha)} was not reported: ${sayInstead(report)}.`
    : `The command ended well, but ${within} nothing was heard of the component.`;
}

/** Something was done here, rather than found done. */
const startedHere = ({ startedAt }: Update): boolean => startedAt !== null;
const move = (update: Update, to: UpdateState, reason: string): Step => ({ kind: 'move', update, to, reason });
const join = ({ reason }: Update, more: string): string => `${reason} ${more}`.trim();
