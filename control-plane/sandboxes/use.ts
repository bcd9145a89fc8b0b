import type { Context } from '../context.ts';
import { hostUnreachable, wrongState } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { visibleSandbox } from './find.ts';
import { sandboxActions, situationOf, type Situation } from './states.ts';
import type { SandboxTarget } from './store.ts';
import { resumeSandbox, startAgain } from './want.ts';

/** What a caller is told who uses a sandbox that does not run. */
const asleep: Partial<Record<Situation, string>> = {
  pausing: 'This sandbox is being paused: resume it first.',
  paused: 'This sandbox is paused: resume it first.',
  stopping: 'This sandbox is being stopped: start it first.',
  stopped: 'This sandbox is stopped: start it first.',
};
const byItself = 'Sandboxes created with auto_resume go on by themselves when they are used.';

/**
 * To be called before anything is done inside a sandbox (commands, processes, files, endpoints), by a caller who may: one
 * that is paused or stopped goes on where it was created with `auto_resume`. Throws WRONG_STATE where it does not run,
 * HOST_UNREACHABLE where nobody knows.
 */
export async function awaken(context: Context, calls: HostCalls, sandbox: SandboxTarget): Promise<void> {
  const situation = situationOf(sandbox);
  if (situation === 'missing') throw hostUnreachable('The host of this sandbox cannot be reached now.');
  if (situation !== 'running') {
    if (!sandbox.autoResume || !(situation in asleep || isWaking(sandbox))) refuse(situation);
    await wake(context, calls, sandbox);
  }
}

/** Somebody else has just woken it, whose call is under way: to wait for the same is to ask the host for the same. */
const isWaking = ({ wanted, observed }: SandboxTarget): boolean =>
  wanted === 'running' && (observed === 'paused' || observed === 'stopped');

async function wake(context: Context, calls: HostCalls, { id, wanted, observed }: SandboxTarget): Promise<void> {
  const sandbox = await visibleSandbox(context, id);
  const goOn = wanted === 'stopped' || observed === 'stopped' ? startAgain : resumeSandbox;
  const awake = situationOf(await goOn(context, calls, sandbox, 'It was used.'));
  if (awake !== 'running') refuse(awake);
}

function refuse(situation: Situation): void {
  const sentence = asleep[situation];
  if (sentence !== undefined) throw wrongState(sentence, byItself);
  requireAllowed(sandboxActions['sandbox.run'], situation);
}
