import { expect, test } from 'vitest';
import { OfflinePolicy } from '#proto/muster/v1/rollout_pb.js';
import { createCommandLines } from '../commands/lines.ts';
import { checkPlan, isComplete, newPlan, toRequest, type RolloutPlan } from './plan.ts';

const plan: RolloutPlan = { ...newPlan, repository: 'web', components: ['web'] };

test('a plan is complete when it says what is rolled out where', () => {
  expect(isComplete(newPlan)).toBe(false);
  expect(isComplete(plan)).toBe(true);
  expect(isComplete({ ...plan, reach: 'hosts' })).toBe(false);
  expect(isComplete({ ...plan, reach: 'labels' })).toBe(false);
  expect(isComplete({ ...plan, batch_size: Number.NaN })).toBe(false);
});

test('a short commit id is refused before anything is asked', () => {
  expect(checkPlan({ ...plan, target_sha: 'abc123' }).target_sha).toContain('full commit id');
  expect(checkPlan({ ...plan, target_sha: 'a'.repeat(40) }).target_sha).toBeUndefined();
});

test('only the selection that is chosen is sent', () => {
  const labels = [{ line: 0, key: 'ring', value: 'early' }];
  expect(toRequest({ ...plan, labels, hostIds: ['host1'] }).selection).toEqual({ all: true, labels: {}, hostIds: [] });
  expect(toRequest({ ...plan, labels, reach: 'labels' }).selection).toEqual({
    all: false,
    labels: { ring: 'early' },
    hostIds: [],
  });
});

test('the line for a terminal names what differs from what the command does by itself', () => {
  const lines = createCommandLines('http://127.0.0.1:7080');
  expect(lines.createRollout(toRequest(plan)).muster).toBe(
    'npx muster rollouts create web --repository web --all --canary 1 --batch 5 --watch',
  );
  const careful = {
    ...plan,
    soakMinutes: 10,
    offline: 'skip',
    canary_hosts: 0,
    include_pinned: true,
    reason: 'two words',
  } as const;
  expect(toRequest(careful).strategy?.offline).toBe(OfflinePolicy.SKIP);
  expect(lines.createRollout(toRequest(careful)).muster).toBe(
    `npx muster rollouts create web --repository web --all --batch 5 --soak 600s --skip-offline --include-pinned --reason 'two words' --watch`,
  );
});
