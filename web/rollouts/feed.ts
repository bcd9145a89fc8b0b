import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import {
  RolloutService,
  type Rollout,
  type RolloutChange,
  type RolloutLog,
  type RolloutUpdate,
  type WatchRolloutResponse,
} from '#proto/muster/v1/rollout_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';
import { noOutput, plainText, withOutput, type Output } from '../runs/output.ts';
import { isOver } from './looks.ts';

/** A rollout as its page shows it. */
export interface LiveRollout {
  readonly rollout: Rollout | undefined;
  readonly log: Output;
  /** Whose words the log's last line is; a heading stands wherever that changes. */
  readonly speaker: string;
}

const begin: LiveRollout = { rollout: undefined, log: noOutput, speaker: '' };

/** What the page shows after a message of the stream. */
export function reduceRollout(
  before: LiveRollout | undefined,
  { event }: WatchRolloutResponse,
): LiveRollout | undefined {
  switch (event.case) {
    case 'rollout':
      return { ...(before ?? begin), rollout: event.value };
    case 'change':
      return before?.rollout && { ...before, rollout: withChange(before.rollout, event.value) };
    case 'log':
      return withLog(before ?? begin, event.value);
    default:
      return before;
  }
}

const placeOf = ({ hostId, component }: RolloutUpdate): string => `${hostId} ${component}`;

/** The rollout as it is now; of its updates those that have changed replace what they were. */
function withChange(before: Rollout, { rollout, updates }: RolloutChange): Rollout {
  const changed = new Map(updates.map((update) => [placeOf(update), update]));
  return { ...(rollout ?? before), updates: before.updates.map((update) => changed.get(placeOf(update)) ?? update) };
}

function withLog(before: LiveRollout, { hostName, component, text }: RolloutLog): LiveRollout {
  const speaker = `${hostName} · ${component}`;
  const ended = before.log.length === 0 || before.log.segments.at(-1)?.text.endsWith('\n') === true;
  const heading = speaker === before.speaker ? '' : `${ended ? '' : '\n'}── ${speaker} ──\n`;
  return { ...before, speaker, log: withOutput(before.log, 'stdout', heading + plainText(text)) };
}

/** A page begins with so many parts of the log at most; a host's own log is shown whole. */
const tailParts = 500;

const rolloutFeed = (
  transport: Transport,
  rolloutId: string,
  hostId: string,
): Feed<WatchRolloutResponse, LiveRollout> => ({
  key: `rollout ${rolloutId} ${hostId}`,
  open: (signal) =>
    createClient(RolloutService, transport).watchRollout(
      { rolloutId, hostId, logTail: hostId === '' ? tailParts : 0, changesOnly: true },
      { signal },
    ),
  reduce: reduceRollout,
  isOver: ({ rollout }) => rollout !== undefined && isOver(rollout.state),
});

/** A rollout and what its commands write, live; with a host's id the log of that host alone. */
export const useRollout = (rolloutId: string, hostId: string): Followed<LiveRollout> =>
  useLive(rolloutFeed(useTransport(), rolloutId, hostId));
