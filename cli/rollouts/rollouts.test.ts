import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRolloutBench, target, type RolloutBench } from '../../control-plane/rollouts/testing/rollouts.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

let bench: RolloutBench;
let terminal: MusterTerminal;
beforeAll(async () => {
  bench = await startRolloutBench();
  const { url, admin } = bench.fleet.plane;
  terminal = openTerminal(url, { MUSTER_TOKEN: admin.token });
  for (const name of ['able', 'broken']) await bench.addHost(name);
  const [able, broken] = bench.fleet.hosts;
  able!.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha, log: 'pulled\n' });
  broken!.updates.behave = () => ({ exitCode: 3, brings: undefined, log: 'no space left\n' });
});
afterAll(async () => {
  terminal?.remove();
  await bench?.stop();
});

const create = (...args: string[]) => terminal.run('rollouts', 'create', 'web', '--repository', 'web', ...args);

test('a rollout that succeeded ends with 9 where that is not everywhere, also for who comes later, and with 0 where it is', async () => {
  const partly = await create('--all', '--max-failures', '1', '--watch');
  expect(partly.code).toBe(9);
  expect(partly.stderr).toMatch(/^The rollout succeeded, but not everywhere: Not everywhere/);
  expect(partly.stdout).toContain('able web | pulled\n');
  // What has not changed is not said again.
  for (const line of ['able web: succeeded\n', 'broken web: failed. The command ended with exit code 3.\n'])
    expect(partly.stdout.split(line)).toHaveLength(2);
  const { rollouts } = await bench.fleet.plane.admin.clients.rollouts.listRollouts({});
  const id = rollouts[0]?.id ?? '';
  expect((await terminal.run('rollouts', 'watch', id)).code).toBe(9);
  const json = await terminal.run('rollouts', 'watch', id, '--json');
  expect(json.code).toBe(9);
  expect(JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    rollout: { state: 'ROLLOUT_STATE_SUCCEEDED', targetSha: target, updates: [{}, {}] },
  });
  expect((await create('--host', 'able', '--watch')).code).toBe(0);
  expect((await create('--host', 'broken', '--watch')).code).toBe(1);
});
