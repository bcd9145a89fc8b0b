import {
  RemoveTesterResponseSchema,
  RetryTesterStepResponseSchema,
  TesterStepKind,
} from '#proto/muster/v1/tester_pb.js';
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
}

/** Has a step done again, or all that have failed. */
export async function retrySteps(session: Session, named: string, { step }: RetryOptions): Promise<void> {
  const { id: testerId } = await testerOf(session, named);
  const answer = await session.testers.retryTesterStep({ testerId, step: step && steps[step] });
  if (session.json) return printJson(session.stdout, RetryTesterStepResponseSchema, answer);
  session.stdout.write(`${step ?? 'What has failed'} is done again. Follow it with muster testers show ${testerId}.\n`);
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
