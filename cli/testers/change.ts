import {
  RemoveTesterResponseSchema,
  RetryTesterStepResponseSchema,
  TesterStepKind,
} from '#proto/muster/v1/tester_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { dryRunOf, type MutationOptions } from '../mutation/confirm.ts';
import { printJson } from '../output/json.ts';
import { sayCount } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { testerOf } from './find.ts';

/** Steps as options name them. */
export const steps = {
  account: TesterStepKind.ACCOUNT,
  team: TesterStepKind.TEAM,
  keys: TesterStepKind.KEYS,
  machine: TesterStepKind.MACHINE,
  sandbox: TesterStepKind.SANDBOX,
  welcome: TesterStepKind.WELCOME,
} as const;

/** Options of `muster testers retry`. */
export interface RetryOptions extends SessionOptions {
  readonly step?: keyof typeof steps;
  readonly all?: boolean;
}

/** Has a step done again, or all that have failed: of one, or of everybody. */
export async function retrySteps(
  session: Session,
  named: string | undefined,
  { step, all }: RetryOptions,
): Promise<void> {
  if ((named === undefined) !== (all === true))
    throw new CliError('Name a tester, or give --all for everybody of whom a step has failed.', exitCodes.usage);
  if (all && step) throw new CliError('Name the tester whose step it is, or leave --step out.', exitCodes.usage);
  const testerId = named === undefined ? '' : (await testerOf(session, named)).id;
  const answer = await session.testers.retryTesterStep({ testerId, step: step && steps[step] });
  if (session.json) return printJson(session.stdout, RetryTesterStepResponseSchema, answer);
  const what = step ?? 'What has failed';
  session.stdout.write(
    all
      ? `${what} is done again for ${sayCount(answer.testers, 'tester')}. Follow it with muster testers list.\n`
      : `${what} is done again. Follow it with muster testers show ${testerId}.\n`,
  );
}

/** Options of `muster testers remove`. */
export interface RemoveOptions extends MutationOptions {
  readonly reason?: string;
}

/** Takes a tester out, with all that was done for them. */
export async function removeTester(session: Session, named: string, options: RemoveOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const { id: testerId, name: confirmName } = await testerOf(session, named);
  const answer = await session.testers.removeTester({ testerId, confirmName, reason: options.reason ?? '', dryRun });
  if (session.json) return printJson(session.stdout, RemoveTesterResponseSchema, answer);
  const { tester, sandboxes, coUsers } = answer;
  const [goes, account] = [dryRun ? 'would go' : 'goes', tester?.accountMade ? ', the account' : ''];
  session.stdout.write(`${confirmName} ${goes}, with the team${account} and ${sayCount(sandboxes, 'sandbox')}.\n`);
  if (coUsers > 0)
    session.stdout.write(`${sayCount(coUsers, 'co-user')} ${dryRun ? 'would lose' : 'loses'} the team.\n`);
}
