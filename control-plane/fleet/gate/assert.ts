import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AssertedHostSchema,
  AssertVerdict,
  type AssertFleetRequest,
  type AssertFleetResponseSchema,
} from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { watchChanges } from '../../events/index.ts';
import { commitView, namedCommits } from '../judge.ts';
import type { LiveFleet } from '../live/live.ts';
import { thresholdsOf, type Survey } from '../survey.ts';
import { commitToProto, componentToProto } from '../to-proto.ts';
import type { FleetView } from '../views.ts';
import { aimAt, aimBefore, type Aim } from './aim.ts';
import { writeReceipt, type Outcome } from './receipt.ts';
import { concerned, standingsOf, type Standing } from './standing.ts';
import { tallyOf, type Tally } from './verdict.ts';

type Event = MessageInitShape<typeof AssertFleetResponseSchema>;

/** How a gate stands at one moment. */
interface Look {
  readonly aim: Aim;
  readonly standings: readonly Standing[];
  readonly tally: Tally;
  readonly at: Date;
  /** Set where it is over. */
  readonly over?: { readonly verdict: AssertVerdict; readonly sentence: string };
}

/** Asks whether a commit runs everywhere: progress, then one result, of which the audit log keeps a receipt. */
export async function* assertFleet(
  context: Context,
  survey: Survey,
  live: LiveFleet,
  request: AssertFleetRequest,
): AsyncGenerator<Event> {
  const gate = await openGate(context, survey, request);
  const waitMs = request.wait ? durationMs(request.wait) : 0;
  if (waitMs > 0) {
    const ended = yield* wait(context, live, gate, waitMs);
    if (ended) {
      yield await resultOf(context, survey, request, ended, ended.over);
      return;
    }
  }
  if (context.signal.aborted) return;
  // Read anew: what decides is what the database says now, not what a watcher was told.
  const last = await gate.confirm();
  if (waitMs === 0) yield gate.progress(last);
  const { sentence } = last.tally;
  const verdict = waitMs === 0 ? AssertVerdict.FAIL : AssertVerdict.TIMEOUT;
  const fallback = { verdict, sentence: verdict === AssertVerdict.FAIL ? sentence : `The time is over: ${sentence}` };
  yield await resultOf(context, survey, request, last, last.over ?? fallback);
}

/** Follows the fleet until it is decided. Undefined where the time ended first. */
async function* wait(
  context: Context,
  live: LiveFleet,
  gate: Gate,
  waitMs: number,
): AsyncGenerator<Event, (Look & Required<Pick<Look, 'over'>>) | undefined> {
  const waiting = AbortSignal.any([context.signal, AbortSignal.timeout(waitMs)]);
  // A host that was deleted before must not be among those that are waited for.
  const following = live.follow({ anew: true });
  try {
    for await (const signal of watchChanges(following.changes, ['fleet'], waiting)) {
      const seen = await gate.look(await following.view());
      // That nothing is green by what an open page was told would not do.
      const now = seen.over?.verdict === AssertVerdict.PASS ? await gate.confirm() : seen;
      const progress = gate.progress(now);
      if (progress.event?.case === 'progress' && hasNews(progress)) yield progress;
      else if (signal.kind === 'keep_alive')
        yield { event: { case: 'keepAlive', value: { at: timestampFromMs(context.clock.now()) } } };
      if (now.over) return { ...now, over: now.over };
    }
    return undefined;
  } finally {
    following.end();
  }
}

const hasNews = ({ event }: Event): boolean =>
  event?.case === 'progress' && ((event.value?.changed?.length ?? 0) > 0 || event.value?.sentence !== '');

interface Gate {
  /** How it stands in this view. */
  look(view: FleetView): Promise<Look>;
  /** The same with the repository and the database asked anew. */
  confirm(): Promise<Look>;
  /** What has changed since the last progress. */
  progress(look: Look): Event;
}

async function openGate(context: Context, survey: Survey, request: AssertFleetRequest): Promise<Gate> {
  const read = () => aimAt(context, survey, request.repository, request.wanted);
  const found = await read();
  if (!found) throw notFound('repository');
  // The branch may have moved since it was last looked at.
  await survey.lookNow(context, found.repository);
  const present = (await read()) ?? found;
  const { awaitedSha } = request;
  let first = awaitedSha !== '' && !present.target.fixed ? aimBefore(present, awaitedSha) : present;
  let before: ReadonlyMap<string, Standing> = new Map();
  let told = new Map<string, string>();
  let toldSentence = '';

  const look = async (view: FleetView): Promise<Look> => {
    const aim = await read();
    const standings = await standingsNow(context, survey, request, aim ?? first, view, before);
    before = new Map(standings.filter(({ hostId }) => hostId !== '').map((one) => [one.hostId, one]));
    if (first.target.head === undefined && aim) first = aim;
    const tally = tallyOf(standings, first.called, request.minHosts);
    return { aim: first, standings, tally, at: view.at, ...endOf(aim, first, tally) };
  };

  return {
    look,
    async confirm() {
      await survey.lookNow(context, first.repository);
      return look(await survey.read(context));
    },
    progress({ aim, standings, tally }) {
      const changed = standings.filter((one) => told.get(one.hostId || one.hostName) !== keyOf(one));
      told = new Map(standings.map((one) => [one.hostId || one.hostName, keyOf(one)]));
      const sentence = tally.sentence === toldSentence && changed.length === 0 ? '' : tally.sentence;
      toldSentence = tally.sentence;
      const { met, notMet, excluded } = tally;
      return {
        event: {
          case: 'progress',
          value: { sentence, met, notMet, excluded, changed: changed.map(hostToProto), sha: aim.target.head },
        },
      };
    },
  };
}

const keyOf = ({ outcome, reason }: Standing): string => `${outcome} ${reason}`;

/** Whether it is decided: nothing is left to wait for. */
function endOf(now: Aim | undefined, first: Aim, tally: Tally): Pick<Look, 'over'> {
  if (!now || now.repository.id !== first.repository.id)
    return {
      over: {
        verdict: AssertVerdict.FAIL,
        sentence: `The repository “${first.repository.name}” was removed meanwhile.`,
      },
    };
  const { head } = now.target;
  if (head !== first.target.head)
    return {
      over: {
        verdict: AssertVerdict.SUPERSEDED,
        sentence: `${first.target.branch} has moved on from ${first.target.head?.slice(0, 7) ?? ''} to ${head?.slice(0, 7) ?? 'nothing'}: ask again for the new head.`,
      },
    };
  if (tally.passes) return { over: { verdict: AssertVerdict.PASS, sentence: tally.sentence } };
  return tally.empty ? { over: { verdict: AssertVerdict.FAIL, sentence: tally.sentence } } : {};
}

async function standingsNow(
  context: Context,
  survey: Survey,
  request: AssertFleetRequest,
  aim: Aim,
  view: FleetView,
  before: ReadonlyMap<string, Standing>,
): Promise<Standing[]> {
  const reports = [...view.hosts.values()].flatMap((host) => concerned(host, request).map(({ report }) => report));
  const { head } = aim.target;
  const lineages = head && (await survey.against(context, aim.repository, head, namedCommits(reports).running));
  const question = {
    request,
    aim,
    lineages: lineages || undefined,
    caller: context.caller,
    thresholds: thresholdsOf(context),
  };
  return standingsOf(view, question, before);
}

async function resultOf(
  context: Context,
  survey: Survey,
  request: AssertFleetRequest,
  look: Look,
  { verdict, sentence: decided }: { readonly verdict: AssertVerdict; readonly sentence: string },
): Promise<Event> {
  const { head } = look.aim.target;
  const known = await survey.commits(context, look.aim.repository, head ? [head] : []);
  const missing = head && look.aim.target.fixed && !(await survey.hasCommit(context, look.aim.repository, head));
  const sentence = missing ? missingCommit(look.aim.repository, head) : decided;
  const outcome: Outcome = { verdict, sentence, standings: look.standings, at: look.at };
  const receiptId = await writeReceipt(context, request, look.aim, outcome);
  return {
    event: {
      case: 'result',
      value: {
        verdict,
        sentence,
        target: head ? commitToProto(commitView(head, known)) : undefined,
        hosts: look.standings.map(hostToProto),
        at: timestampFromDate(look.at),
        receiptId,
      },
    },
  };
}

const missingCommit = ({ name, published }: Aim['repository'], sha: string): string =>
  published
    ? `CI has never told the commit ${sha} as a head of “${name}”.`
    : `The repository “${name}” does not have the commit ${sha} on any branch.`;

const hostToProto = ({ hostId, hostName, outcome, reason, components }: Standing) =>
  create(AssertedHostSchema, {
    hostId,
    hostName,
    outcome,
    reason,
    components: components.map((one) => componentToProto(one)),
  });
