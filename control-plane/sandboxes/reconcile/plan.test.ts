import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { HostSandboxSchema, type HostSandbox } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ObservedState as Wire } from '#proto/muster/v1/sandbox_pb.js';
import { planReconcile, type Step } from './plan.ts';
import type { Known } from './store.ts';

const here = 'host-here';
const row = (more: Partial<Known> = {}): Known => ({
  id: 'sbx1',
  hostId: here,
  attempt: 1,
  wanted: 'running',
  observed: 'running',
  observedRevision: 5,
  hostRevision: 3n,
  callOver: true,
  reason: 'as it was',
  networkRevision: 0n,
  timeOver: false,
  isOver: false,
  networkPending: false,
  ...more,
});
const found = (state: Wire, more: Pick<MessageInitShape<typeof HostSandboxSchema>, 'attempt' | 'reason'> = {}) =>
  create(HostSandboxSchema, { sandboxId: 'sbx1', attempt: 1, state, revision: 4n, ...more });

interface Case {
  readonly says: string;
  readonly known?: Known[];
  readonly found?: HostSandbox[];
  readonly ended?: { sandboxId: string; attempt: number }[];
  readonly others?: Known[];
  readonly steps: readonly Partial<Step>[];
}

const gone = { sandboxId: 'sbx1', attempt: 1 };

const cases: Case[] = [
  { says: 'what is as it should be is left alone', known: [row()], found: [found(Wire.RUNNING)], steps: [] },
  {
    says: 'missing but alive is restored',
    known: [row({ observed: 'missing' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'observe', observed: 'running', restored: true }],
  },
  {
    says: 'missing but paused by its agent is restored and resumed',
    known: [row({ observed: 'missing' })],
    found: [found(Wire.PAUSED)],
    steps: [{ kind: 'observe', observed: 'paused' }, { kind: 'act' }],
  },
  {
    says: 'what its host has stopped at its end, having lost us, is not started again',
    known: [row({ timeOver: true })],
    found: [found(Wire.STOPPED)],
    steps: [{ kind: 'observe', observed: 'stopped' }],
  },
  {
    says: 'what its host has destroyed at its end, having lost us, has not failed',
    known: [row({ timeOver: true })],
    ended: [gone],
    steps: [],
  },
  {
    says: 'what was seen at rest before the call that did it was answered rests for the reason it has',
    known: [row({ wanted: 'paused', timeOver: true, isOver: true })],
    found: [found(Wire.PAUSED)],
    steps: [{ kind: 'observe', observed: 'paused', reason: 'Its time was over.' }],
  },
  {
    says: 'what was seen started before the call that did it was answered was started',
    known: [row({ observed: 'stopped' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'observe', observed: 'running', reason: 'Started.' }],
  },
  {
    says: 'what nobody wanted is as its host reports',
    known: [row()],
    found: [found(Wire.PAUSED)],
    steps: [{ kind: 'observe', observed: 'paused', reason: 'As its host reports.' }, { kind: 'act' }],
  },
  {
    says: 'a network that is not what is wanted is set',
    known: [row({ networkRevision: 1n })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'network' }],
  },
  {
    says: 'a host that says less than it had said goes on from an older copy of its disk',
    known: [row({ observed: 'paused', wanted: 'paused', hostRevision: 9n })],
    found: [found(Wire.PAUSED)],
    steps: [{ kind: 'observe', observed: 'paused', hostRevision: 4n, wentBack: true }],
  },
  {
    says: 'what is different on an older copy of the disk is brought to what is wanted',
    known: [row({ observed: 'paused', wanted: 'paused', hostRevision: 9n })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'observe', observed: 'running', wentBack: true }, { kind: 'act' }],
  },
  {
    says: 'wanted paused but running is paused',
    known: [row({ wanted: 'paused' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'act' }],
  },
  {
    says: 'wanted gone but there is destroyed',
    known: [row({ wanted: 'destroyed' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'act' }],
  },
  {
    says: 'pending whose answer was lost is settled',
    known: [row({ observed: 'pending', hostRevision: 0n })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'observe', observed: 'running', restored: false }],
  },
  {
    says: 'what its host is still making is left alone',
    known: [row({ observed: 'pending' })],
    found: [found(Wire.PENDING)],
    steps: [],
  },
  {
    says: 'what failed on its host is recorded and cleared away',
    known: [row()],
    found: [found(Wire.FAILED, { reason: 'init ended' })],
    steps: [{ kind: 'bury', reason: 'init ended' }],
  },
  {
    says: 'wanted but absent has failed',
    known: [row()],
    steps: [{ kind: 'gone', observed: 'failed', reason: 'Its host does not have it any more.' }],
  },
  {
    says: 'wanted but ended by its host has failed, with that evidence',
    known: [row()],
    ended: [gone],
    steps: [{ kind: 'gone', observed: 'failed', reason: 'Its host has ended it.' }],
  },
  {
    says: 'unwanted and absent is gone, as wanted',
    known: [row({ wanted: 'destroyed' })],
    steps: [{ kind: 'gone', observed: 'destroyed', reason: 'as it was' }],
  },
  {
    says: 'absence is no evidence while the call that makes it is under way',
    known: [row({ observed: 'pending', callOver: false })],
    steps: [],
  },
  {
    says: 'pending and absent after its call has never started',
    known: [row({ observed: 'pending' })],
    steps: [{ kind: 'never_started' }],
  },
  {
    says: 'missing and absent has failed',
    known: [row({ observed: 'missing' })],
    steps: [{ kind: 'gone', observed: 'failed' }],
  },
  {
    says: 'another attempt than the one that counts is removed',
    known: [row({ attempt: 2, observed: 'pending', callOver: false })],
    others: [row({ attempt: 2 })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'remove', attempt: 1 }],
  },
  {
    says: 'one that was moved to another host is removed',
    others: [row({ attempt: 2, hostId: 'host-other' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'remove', attempt: 1 }],
  },
  {
    says: 'a leftover of one that has ended is removed',
    others: [row({ observed: 'destroyed' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'remove' }],
  },
  {
    says: 'one that was placed here meanwhile is left alone',
    others: [row({ observed: 'pending', callOver: false })],
    found: [found(Wire.RUNNING)],
    steps: [],
  },
  {
    says: 'unknown to the database is frozen, not stopped',
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'freeze', running: true }],
  },
  {
    says: 'unknown and frozen already stays so',
    found: [found(Wire.PAUSED)],
    steps: [{ kind: 'freeze', running: false }],
  },
  {
    says: 'a newer attempt than the database knows is frozen: an older database was restored',
    others: [row()],
    found: [found(Wire.RUNNING, { attempt: 2 })],
    steps: [{ kind: 'freeze', attempt: 2 }],
  },
  {
    says: 'the same attempt on a host where it should not be is frozen',
    others: [row({ hostId: 'host-other' })],
    found: [found(Wire.RUNNING)],
    steps: [{ kind: 'freeze' }],
  },
];

test.each(cases)('$says', ({ known = [], found: sandboxes = [], ended = [], others = [], steps }) => {
  const inventory = {
    sandboxes,
    ended: ended.map((one) => ({ $typeName: 'muster.agent.v1.EndedAttempt' as const, ...one })),
  };
  const planned = planReconcile({ hostId: here, known, inventory, others });
  expect(planned).toHaveLength(steps.length);
  expect(planned).toMatchObject(steps);
});

test('an inventory that names everything twice, and a hundred thousand that nobody knows, is planned once each', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    sandboxId: `sbx${index}`,
    attempt: 1,
    state: Wire.RUNNING,
    revision: 1n,
  }));
  const sandboxes = [...many, ...many].map((one) => create(HostSandboxSchema, one));
  const steps = planReconcile({ hostId: 'host', known: [], inventory: { sandboxes, ended: [] }, others: [] });
  expect(steps).toHaveLength(100_000);
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['freeze']));
});
