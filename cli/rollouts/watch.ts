import {
  RolloutState,
  UpdateState,
  WatchRolloutResponseSchema,
  type Rollout,
  type RolloutUpdate,
  type WatchRolloutResponse,
} from '#proto/muster/v1/rollout_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { jsonLine } from '../output/json.ts';
import { enumWord } from '../output/words.ts';
import { acrossBreaks } from '../session/across-breaks.ts';
import { withoutDeadline, type Session } from '../session/session.ts';
import { write } from '../surroundings.ts';
import { isOver } from './words.ts';

/** Follows a rollout to its end: what changes, and what the commands write. Fails where the rollout does not succeed everywhere. */
export async function watchRollout(session: Session, rolloutId: string): Promise<void> {
  const told = new Map<string, string>();
  let last: Rollout | undefined;
  for await (const response of follow(session, rolloutId)) {
    last = rolloutIn(response) ?? last;
    if (session.json) await write(session.stdout, jsonLine(WatchRolloutResponseSchema, response));
    else await write(session.stdout, linesOf(response, told));
  }
  if (last && last.state !== RolloutState.SUCCEEDED)
    throw new CliError(`The rollout ${enumWord(RolloutState, last.state)}: ${last.sentence}`, exitCodes.failure);
  if (last?.counts.some(({ state, updates }) => state !== UpdateState.SUCCEEDED && updates > 0))
    throw new CliError(`The rollout succeeded, but not everywhere: ${last.sentence}`, exitCodes.notEverywhere);
}

/** Also across restarts of the control plane; no part of the log comes twice. */
async function* follow(session: Session, rolloutId: string): AsyncGenerator<WatchRolloutResponse> {
  let afterLog = 0n;
  // Scripts get the whole each time; who reads along is told of what is new.
  const changesOnly = !session.json;
  const open = () => session.rollouts.watchRollout({ rolloutId, afterLog, changesOnly }, withoutDeadline);
  for await (const response of acrossBreaks(session, open)) {
    if (response.event.case === 'log') afterLog = response.event.value.sequence;
    yield response;
    const rollout = rolloutIn(response);
    if (rollout && isOver(rollout)) return;
  }
}

/** The rollout as a message says it is; in a message of changes without its updates. */
function rolloutIn({ event }: WatchRolloutResponse): Rollout | undefined {
  return event.case === 'change' ? event.value.rollout : event.case === 'rollout' ? event.value : undefined;
}

function updatesIn({ event }: WatchRolloutResponse): readonly RolloutUpdate[] {
  return event.case === 'change' || event.case === 'rollout' ? event.value.updates : [];
}

/** What is new, a line each. */
function linesOf(response: WatchRolloutResponse, told: Map<string, string>): string {
  const { event } = response;
  if (event.case === 'log') {
    const { hostName, component, text } = event.value;
    const lines = text.replace(/\n$/, '').split('\n');
    return lines.map((line) => `${hostName} ${component} | ${printable(line)}\n`).join('');
  }
  const rollout = rolloutIn(response);
  if (!rollout) return '';
  const news = updatesIn(response).flatMap(({ hostName, hostId, component, state, reason }) => {
    const text = `${hostName} ${component}: ${enumWord(UpdateState, state)}${reason ? `. ${printable(reason)}` : ''}\n`;
    const key = `${hostId} ${component}`;
    if (told.get(key) === text) return [];
    told.set(key, text);
    return [text];
  });
  const sentence = `${rollout.sentence}\n`;
  if (told.get('') !== sentence) news.push(sentence);
  told.set('', sentence);
  return news.join('');
}

/** What a machine wrote must not move the cursor or fake a line. */
const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
