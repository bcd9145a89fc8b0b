import { expect, test } from 'vitest';
import { refusalByState } from '../state-rules.ts';
import { observedStates, wantedStates } from './sandbox.ts';
import { labelOf, sandboxActions, situationOf, type SandboxAction } from './states.ts';

const actions = Object.keys(sandboxActions) as SandboxAction[];
const possible = (wanted: (typeof wantedStates)[number], observed: (typeof observedStates)[number]) =>
  actions.filter((action) => refusalByState(sandboxActions[action], situationOf({ wanted, observed })) === undefined);

test.each([
  [
    'running',
    'pending',
    'Starting',
    ['sandbox.set_network', 'sandbox.set_metadata', 'sandbox.renew', 'sandbox.destroy'],
  ],
  [
    'running',
    'running',
    'Running',
    [
      'sandbox.run',
      'sandbox.set_network',
      'sandbox.set_metadata',
      'sandbox.pause',
      'sandbox.stop',
      'sandbox.renew',
      'sandbox.destroy',
    ],
  ],
  [
    'running',
    'paused',
    'Resuming',
    [
      'sandbox.set_network',
      'sandbox.set_metadata',
      'sandbox.pause',
      'sandbox.stop',
      'sandbox.renew',
      'sandbox.destroy',
    ],
  ],
  [
    'paused',
    'running',
    'Pausing',
    [
      'sandbox.set_network',
      'sandbox.set_metadata',
      'sandbox.resume',
      'sandbox.stop',
      'sandbox.renew',
      'sandbox.destroy',
    ],
  ],
  [
    'paused',
    'paused',
    'Paused',
    [
      'sandbox.set_network',
      'sandbox.set_metadata',
      'sandbox.resume',
      'sandbox.stop',
      'sandbox.renew',
      'sandbox.destroy',
    ],
  ],
  [
    'running',
    'missing',
    'Missing',
    [
      'sandbox.set_network',
      'sandbox.set_metadata',
      'sandbox.pause',
      'sandbox.resume',
      'sandbox.stop',
      'sandbox.start',
      'sandbox.renew',
      'sandbox.destroy',
    ],
  ],
  [
    'stopped',
    'running',
    'Stopping',
    ['sandbox.set_network', 'sandbox.set_metadata', 'sandbox.start', 'sandbox.renew', 'sandbox.destroy'],
  ],
  [
    'stopped',
    'stopped',
    'Stopped',
    ['sandbox.set_network', 'sandbox.set_metadata', 'sandbox.start', 'sandbox.renew', 'sandbox.destroy'],
  ],
  [
    'running',
    'stopped',
    'Starting',
    ['sandbox.set_network', 'sandbox.set_metadata', 'sandbox.renew', 'sandbox.destroy'],
  ],
  ['destroyed', 'running', 'Destroying', []],
  ['destroyed', 'missing', 'Destroying', []],
  ['destroyed', 'destroyed', 'Destroyed', []],
  ['running', 'failed', 'Failed', []],
] as const)('wanted %s and observed %s is shown as %s, and allows %j', (wanted, observed, label, allowed) => {
  expect(labelOf({ wanted, observed })).toBe(label);
  expect(possible(wanted, observed)).toEqual(allowed);
});

test('whatever has ended allows nothing, whatever is wanted', () => {
  for (const wanted of wantedStates)
    for (const observed of ['destroyed', 'failed'] as const) expect(possible(wanted, observed)).toEqual([]);
});

test('every refusal is a sentence', () => {
  for (const action of actions) expect(sandboxActions[action].refusal).toMatch(/^[A-Z].*\.$/);
});
