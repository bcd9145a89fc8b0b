import { Code } from '@connectrpc/connect';
import { makeContext, type Context } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { visibleHost } from '../../hosts/index.ts';
import { createSandbox, destroySandbox, visibleSandbox, type Sandbox } from '../../sandboxes/index.ts';
import { setSandbox } from '../store.ts';
import type { Tester } from '../tester.ts';
import { done, failed, present, skipped, type StepHands } from './step.ts';

/** What a sandbox has of which nothing is said, as in CreateSandbox. */
const defaults = { cpuMillis: 1_000, memoryMib: 512, diskMib: 2_048, pids: 1_024 };
/** A sandbox that an earlier attempt began is waited for so long; then others have their turn. */
const patienceMs = 60_000;

/** A sandbox that does not expire and goes on by itself. */
export const sandboxStep: StepHands = {
  async carryOut({ context, parts, tester }) {
    const { teamId } = present(tester);
    const before = await findSandbox(context, tester.sandboxId);
    if (before && !hasEnded(before)) return done(`${before.id} is there.`);
    const reachedBySsh = await runsNoSandboxes(context, tester.hostId);
    if (reachedBySsh !== undefined) return skipped(reachedBySsh);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
    const hands = {
      ...parts.hands,
      resolve: (...[sql, , name]: Parameters<typeof parts.hands.resolve>) =>
        parts.hands.resolve(sql, tester.templateTeamId ?? teamId, name),
    };
    const sandbox = await createSandbox(makeContext(context, { ...context, signal }), hands, {
      teamId,
      template: tester.template,
      cpuMillis: tester.cpuMillis ?? defaults.cpuMillis,
      memoryMib: tester.memoryMib ?? defaults.memoryMib,
      diskMib: tester.diskMib ?? defaults.diskMib,
      pids: tester.pids ?? defaults.pids,
      env: {},
      metadata: {},
      onDisconnect: 'keep',
      hostLabels: {},
      boundHostId: null,
      timeoutMs: null,
      onExpiry: 'stop',
      autoResume: true,
      autoRenewMs: null,
      network: context.config.defaultNetwork,
      egress: null,
      // The same for every attempt until there is one; another where that one has ended.
      requestId: `${tester.id}:${tester.sandboxId ?? ''}`,
    });
    await setSandbox(context.sql, tester.id, sandbox.id);
    if (hasEnded(sandbox)) return failed(`The sandbox has ended: ${sandbox.reason} Repeat this for another one.`);
    return done(`${sandbox.id} runs on ${sandbox.hostName}.`);
  },

  async undo({ context, parts, tester }) {
    const sandbox = await findSandbox(context, tester.sandboxId);
    if (!sandbox || hasEnded(sandbox)) return done('There is no sandbox.');
    const { observed } = await destroySandbox(context, parts.hands, sandbox);
    const gone = observed === 'destroyed' || observed === 'failed';
    return done(gone ? 'The sandbox is destroyed.' : 'The sandbox is destroyed as soon as its host answers.');
  },
};

const hasEnded = ({ observed, wanted }: Sandbox) =>
  observed === 'destroyed' || observed === 'failed' || wanted === 'destroyed';

async function findSandbox(context: Context, id: string | null): Promise<Sandbox | undefined> {
  if (id === null) return undefined;
  try {
    return await visibleSandbox(context, id);
  } catch (error) {
    // Its team is deleted.
    if (error instanceof Refusal && error.code === Code.NotFound) return undefined;
    throw error;
  }
}

/** A machine that has joined and offers no runtime is there for people alone: says so. */
async function runsNoSandboxes(context: Context, hostId: Tester['hostId']): Promise<string | undefined> {
  if (hostId === null) return undefined;
  const { specs } = await visibleHost(context, hostId);
  if (!specs || specs.runtime !== '') return undefined;
  return `Their machine runs no sandboxes, and is reached by SSH. ${specs.runtimeProblem}`.trim();
}
