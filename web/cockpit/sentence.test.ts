import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ObservedState, SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { cockpitSentence } from './sentence.ts';

const running = create(SandboxSchema, { observed: ObservedState.RUNNING });
const silent = create(SandboxSchema, { observed: ObservedState.RUNNING, silentSince: timestampFromMs(0) });
const stopped = create(SandboxSchema, { observed: ObservedState.STOPPED });

test.each([
  [[], 0, 'You have no sandbox at the moment.'],
  [[running], 0, 'Your sandbox is running.'],
  [[stopped], 1, 'Your sandbox is not running. One thing changed since your last visit.'],
  [[running, stopped], 0, '1 of 2 sandboxes is running.'],
  [
    [running, silent, stopped],
    3,
    '2 of 3 sandboxes are running; the work in one of them is silent. 3 things changed since your last visit.',
  ],
  [[silent], 0, 'Your sandbox is running; its work is silent.'],
])('%o, %i changes: %s', (sandboxes, changes, sentence) => {
  expect(cockpitSentence(sandboxes, changes)).toBe(sentence);
});
