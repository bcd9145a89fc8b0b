import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { bulkActions, bulkTargets, countWords } from './bulk.ts';

const sandbox = (id: string, paused: boolean) =>
  create(SandboxSchema, {
    id,
    actions: [
      { action: 'sandbox.pause', allowed: !paused, reason: paused ? 'It is paused.' : '' },
      { action: 'sandbox.resume', allowed: paused, reason: paused ? '' : 'It runs.' },
    ],
  });
const action = (key: string) => bulkActions.find((candidate) => candidate.key === key)!;

test('an action takes those that it can be done with, and says why not the others', () => {
  const chosen = [sandbox('sbx1', false), sandbox('sbx2', true)];
  expect(bulkTargets(action('pause'), chosen)).toEqual({ targets: [chosen[0]], refused: 'It is paused.' });
  expect(bulkTargets(action('resume'), chosen)).toEqual({ targets: [chosen[1]], refused: 'It runs.' });
});

test('one is called by its name, several are counted', () => {
  expect(countWords(['nightly'])).toBe('nightly');
  expect(countWords(['a', 'b'])).toBe('2 sandboxes');
});
