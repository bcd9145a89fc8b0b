import { allow, type Rule } from '../state-rules.ts';
import type { ObservedState, WantedState } from './sandbox.ts';

/** What a sandbox is in the eyes of people: it follows from what is wanted and what is observed. */
const situations = {
  running: {
    pending: 'starting',
    running: 'running',
    paused: 'resuming',
    stopped: 'starting',
    missing: 'missing',
    failed: 'failed',
    destroyed: 'destroyed',
  },
  paused: {
    pending: 'starting',
    running: 'pausing',
    paused: 'paused',
    stopped: 'stopped',
    missing: 'missing',
    failed: 'failed',
    destroyed: 'destroyed',
  },
  stopped: {
    pending: 'starting',
    running: 'stopping',
    paused: 'stopping',
    stopped: 'stopped',
    missing: 'missing',
    failed: 'failed',
    destroyed: 'destroyed',
  },
  destroyed: {
    pending: 'destroying',
    running: 'destroying',
    paused: 'destroying',
    stopped: 'destroying',
    missing: 'destroying',
    failed: 'failed',
    destroyed: 'destroyed',
  },
} as const satisfies Record<WantedState, Record<ObservedState, string>>;

export type Situation = (typeof situations)[WantedState][ObservedState];

/** Both states of a sandbox. */
export interface States {
  readonly wanted: WantedState;
  readonly observed: ObservedState;
}

export const situationOf = ({ wanted, observed }: States): Situation => situations[wanted][observed];

/** As people are shown it: "Pausing". */
export function labelOf(states: States): string {
  const situation = situationOf(states);
  return situation.charAt(0).toUpperCase() + situation.slice(1);
}

/** What can be done with a sandbox in which situation; read by the checks and by the buttons. */
export const sandboxActions = {
  'sandbox.run': allow(['running'], 'It can be used only while it runs.'),
  'sandbox.set_network': allow(
    ['starting', 'running', 'pausing', 'paused', 'resuming', 'stopping', 'stopped', 'missing'],
    'The network of a sandbox that has ended cannot be set.',
  ),
  'sandbox.set_metadata': allow(
    ['starting', 'running', 'pausing', 'paused', 'resuming', 'stopping', 'stopped', 'missing'],
    'The metadata of a sandbox that has ended stays as it was.',
  ),
  'sandbox.pause': allow(['running', 'resuming', 'missing'], 'Only a running sandbox can be paused.'),
  'sandbox.resume': allow(['paused', 'pausing', 'missing'], 'Only a paused sandbox can be resumed.'),
  'sandbox.stop': allow(
    ['running', 'pausing', 'paused', 'resuming', 'missing'],
    'Only a sandbox that runs or is paused can be stopped.',
  ),
  'sandbox.start': allow(['stopped', 'stopping', 'missing'], 'Only a stopped sandbox can be started.'),
  'sandbox.renew': allow(
    ['starting', 'running', 'pausing', 'paused', 'resuming', 'stopping', 'stopped', 'missing'],
    'A sandbox that has ended, or is about to, cannot live longer: create a new one.',
  ),
  'sandbox.destroy': allow(
    ['starting', 'running', 'pausing', 'paused', 'resuming', 'stopping', 'stopped', 'missing'],
    'It has ended already, or is about to.',
  ),
} satisfies Record<string, Rule<Situation>>;

/** When its files can be copied. */
export const snapshotRule: Rule<Situation> = allow(
  ['running', 'pausing', 'paused', 'resuming', 'stopping', 'stopped'],
  'Only a sandbox that has begun, and has not ended, can be copied.',
);

export type SandboxAction = keyof typeof sandboxActions;
