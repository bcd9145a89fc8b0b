import { Code, ConnectError } from '@connectrpc/connect';
import {
  AddTesterResponseSchema,
  TesterState,
  type Tester,
  type WatchTesterResponse,
} from '#proto/muster/v1/tester_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { printSteps, sayProblem, stateWord } from './words.ts';

/** What sandboxes of testers are to be like. */
export interface PlaceOptions extends SessionOptions {
  readonly template?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly disk?: number;
}

/** The same in the words of the contract. */
export const placeOf = ({ template = '', cpu, memory: memoryMib, disk: diskMib }: PlaceOptions) => ({
  template,
  limits: { cpu, memoryMib, diskMib },
});

/** Options of `muster testers add`. */
export interface AddOptions extends PlaceOptions {
  readonly name: string;
  readonly host?: string;
  readonly wait?: boolean;
}

/** Brings a tester in, and follows that to its end where it is asked to. */
export async function addTester(session: Session, email: string, options: AddOptions): Promise<void> {
  const { name, host = '', wait = false } = options;
  const answer = await session.testers.addTester({ name, email, host, ...placeOf(options) });
  const tester = wait && answer.tester ? await followTester(session, answer.tester) : answer.tester;
  if (session.json || !tester) return printJson(session.stdout, AddTesterResponseSchema, { ...answer, tester });
  session.stdout.write(
    `${tester.name} (${tester.id}) ${answer.existed ? 'is a tester already' : 'is brought in'}: ${stateWord(tester.state)}.\n`,
  );
  if (wait) printSteps(session.stdout, tester);
}

/** Waits until nothing is under way any more; also across restarts of the control plane. Throws where a step has failed. */
async function followTester(session: Session, { id }: Tester): Promise<Tester> {
  for (;;) {
    session.signal.throwIfAborted();
    try {
      for await (const { event } of session.testers.watchTester({ testerId: id }, withoutDeadline)) {
        const tester = testerIn(event);
        if (tester?.state === TesterState.READY) return tester;
        if (tester?.state === TesterState.FAILED) throw new CliError(sayProblem(tester), exitCodes.failure);
      }
      throw new CliError('The tester was removed meanwhile.', exitCodes.notFound);
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
    }
  }
}

function testerIn(event: WatchTesterResponse['event']): Tester | undefined {
  if (event.case === 'changed') return event.value;
  return event.case === 'snapshot' ? event.value.testers[0] : undefined;
}
