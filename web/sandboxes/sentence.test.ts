import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ObservedState, SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { sandboxesSentence } from './sentence.ts';

const on = (hostId: string, observed: ObservedState) => create(SandboxSchema, { hostId, observed });
const { RUNNING, MISSING, DESTROYED } = ObservedState;

test.each([
  [[], 'No sandbox runs at the moment.'],
  [[on('a', DESTROYED)], 'No sandbox runs at the moment.'],
  [[on('a', RUNNING)], '1 sandbox on 1 host: 1 running.'],
  [[on('a', RUNNING), on('b', RUNNING), on('b', MISSING)], '3 sandboxes on 2 hosts: 2 running, 1 missing.'],
])('%#: the sentence counts what has not ended', (sandboxes, sentence) => {
  expect(sandboxesSentence(sandboxes)).toBe(sentence);
});
