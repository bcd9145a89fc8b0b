import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AssertOutcome,
  AssertResultSchema,
  AssertVerdict,
  Evidence,
  OnOffline,
  type AssertedHost,
  type AssertFleetRequestSchema,
  type AssertFleetResponse,
  type AssertProgress,
  type AssertResult,
} from '#proto/muster/v1/fleet_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { failureOf } from '../failure/failure.ts';
import { printJson } from '../output/json.ts';
import { tableOf, type Column } from '../output/table.ts';
import { enumWord } from '../output/words.ts';
import { acrossBreaks } from '../session/across-breaks.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';

export interface GateOptions extends SessionOptions {
  readonly repository: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly component?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly host?: readonly string[];
  readonly minHosts?: number;
  readonly onOffline?: 'fail' | 'exclude';
  readonly evidence?: 'L0' | 'L1' | 'L2';
  readonly wait?: { readonly seconds: bigint };
}

/** What a pipeline decides by. Everything else that goes wrong ends with 125, which is no answer. */
const gateCodes: Readonly<Record<AssertVerdict, number>> = {
  [AssertVerdict.PASS]: 0,
  [AssertVerdict.FAIL]: 1,
  [AssertVerdict.SUPERSEDED]: 2,
  [AssertVerdict.TIMEOUT]: 3,
  [AssertVerdict.UNSPECIFIED]: exitCodes.runFailed,
};

const levels = { L0: Evidence.SELF_REPORTED, L1: Evidence.SIGNED, L2: Evidence.VERIFIED } as const;

const columns: readonly Column<AssertedHost>[] = [
  { heading: 'HOST', cell: ({ hostName }) => hostName },
  { heading: 'ANSWER', cell: ({ outcome }) => enumWord(AssertOutcome, outcome) },
  { heading: 'WHY', cell: ({ reason }) => reason },
];

/** Asks the gate; prints the answer. Answers the exit code: 0 passes, 1 fails, 2 superseded, 3 time is over. */
export async function askGate(session: Session, options: GateOptions): Promise<number> {
  try {
    return await follow(session, options);
  } catch (error) {
    if (session.signal.aborted) throw error;
    // The codes of failures are those of answers here: a gate that could not be asked must not look like one.
    throw new CliError(failureOf(error).sentence, exitCodes.runFailed, { cause: error });
  }
}

async function follow(session: Session, options: GateOptions): Promise<number> {
  for await (const { event } of options.wait ? waitFor(session, options) : ask(session, options)) {
    if (event.case === 'progress' && options.wait) tell(session, event.value);
    if (event.case !== 'result') continue;
    if (session.json) printJson(session.stdout, AssertResultSchema, event.value);
    else session.stdout.write(answerText(event.value));
    return gateCodes[event.value.verdict] ?? exitCodes.runFailed;
  }
  throw new Error('The gate ended without an answer: ask again.');
}

const ask = (session: Session, options: GateOptions, more: Partial<GateRequest> = {}) =>
  session.fleet.assertFleet({ ...requestOf(options), ...more }, withoutDeadline);

/** Asks again where the stream breaks, for what is left of the time, and for the head that was waited for. */
async function* waitFor(session: Session, options: GateOptions): AsyncGenerator<AssertFleetResponse> {
  const endMs = performance.now() + Number(options.wait?.seconds ?? 0n) * 1000;
  let awaitedSha = '';
  let asked = false;
  const open = () => {
    if (!asked) {
      asked = true;
      return ask(session, options);
    }
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw new Error('The time is over, and the control plane did not come back to say how it ended.');
    return ask(session, options, { awaitedSha, wait: { seconds: BigInt(Math.ceil(leftMs / 1000)) } });
  };
  for await (const response of acrossBreaks(session, open)) {
    if (response.event.case === 'progress') awaitedSha = response.event.value.sha || awaitedSha;
    yield response;
  }
}

type GateRequest = Exclude<MessageInitShape<typeof AssertFleetRequestSchema>, { $typeName: string }>;

function requestOf(options: GateOptions): GateRequest {
  const { sha, ref } = options;
  if (sha !== undefined && ref !== undefined) throw new Error('Give --sha or --ref, not both.');
  return {
    repository: options.repository,
    ...(sha !== undefined && { wanted: { case: 'sha', value: sha } }),
    ...(ref !== undefined && { wanted: { case: 'ref', value: ref } }),
    component: options.component,
    labels: options.label,
    hosts: [...(options.host ?? [])],
    minHosts: options.minHosts,
    onOffline: options.onOffline === 'exclude' ? OnOffline.EXCLUDE : OnOffline.FAIL,
    requireEvidence: options.evidence && levels[options.evidence],
    wait: options.wait,
  };
}

/** What happens while it waits is for those who read along, not part of the answer. */
function tell({ stderr }: Session, { sentence, changed }: AssertProgress): void {
  if (sentence) stderr.write(`${sentence}\n`);
  for (const { hostName, outcome, reason } of changed)
    if (outcome !== AssertOutcome.MET) stderr.write(`  ${hostName}: ${reason}\n`);
}

function answerText({ verdict, sentence, hosts }: AssertResult): string {
  const shown = hosts.filter(({ outcome }) => outcome !== AssertOutcome.MET);
  const table = shown.length === 0 ? '' : `\n${tableOf(shown, columns)}`;
  return `${AssertVerdict[verdict]}: ${sentence}\n${table}`;
}
