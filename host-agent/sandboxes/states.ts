import { SandboxError, type SandboxState } from './types.ts';

/** What can be done in which state, and the sentence for the others. */
const actions = {
  pause: { states: ['running', 'paused'], refusal: 'Only a running sandbox can be paused' },
  resume: { states: ['running', 'paused'], refusal: 'Only a paused sandbox can be resumed' },
  stop: { states: ['running', 'paused', 'stopped'], refusal: 'Only a sandbox that runs or is paused can be stopped' },
  snapshot: { states: ['running', 'paused', 'stopped'], refusal: 'Only a sandbox that has begun can be copied' },
  start: { states: ['running', 'stopped'], refusal: 'Only a stopped sandbox can be started' },
  connect: { states: ['running'], refusal: 'Ports are reached only in a running sandbox' },
  set_network: {
    states: ['running', 'paused', 'stopped'],
    refusal: 'The network is set of a sandbox that runs, is paused or stopped',
  },
  set_keys: {
    states: ['running', 'paused', 'stopped'],
    refusal: 'Keys are given to a sandbox that runs, is paused or stopped',
  },
  run: { states: ['running'], refusal: 'Commands run only in a running sandbox' },
} as const satisfies Record<string, { states: readonly SandboxState[]; refusal: string }>;

export type Action = keyof typeof actions;

/** Throws `wrong_state` where the action is not possible now. */
export function requireAllowed(action: Action, now: { state: SandboxState; reason: string; ending: boolean }): void {
  const { states, refusal } = actions[action];
  const allowed: readonly SandboxState[] = states;
  if (now.ending) throw new SandboxError('wrong_state', `${refusal}; this one is being destroyed.`);
  if (allowed.includes(now.state)) return;
  throw new SandboxError(
    'wrong_state',
    `${refusal}; this one is ${now.state}${now.reason ? `: ${now.reason}` : '.'}${hint(now.state)}`,
  );
}

const hints: Partial<Record<SandboxState, string>> = { paused: ' Resume it first.', stopped: ' Start it first.' };
const hint = (state: SandboxState): string => hints[state] ?? '';
