import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import { exitCodeOfDeletion } from './ending.ts';
import { TestControlPlane } from './testing/control-plane.ts';
import { joinOptions } from './testing/test-agent.ts';

let directory: string;
let controlPlane: TestControlPlane;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'muster-agent-'));
  controlPlane = await TestControlPlane.start();
});
afterEach(async () => {
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the agent as a process of its own, until it ends. */
const agent = (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, ...environment };
    execFile(process.execPath, [main, ...args], { cwd: directory, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const join_ = () => {
  const { server, fingerprint, token } = joinOptions(controlPlane);
  const from = ['--server', server, '--fingerprint', fingerprint, '--token', token];
  return agent(['join', '--no-run', ...from, '--data-dir', join(directory, 'data')]);
};

test('the join command joins, and run again says that it did before', async () => {
  const first = await join_();
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('This machine has joined.');
  expect((await join_()).stdout).toContain('has joined before; the token was not used');
});

test.each([
  ['no enrolment', ['run'], {}, /holds no credentials: this machine has not joined yet/],
  ['a bad setting', ['run'], { MUSTER_AGENT_PAUSE_AFTER: 'soon' }, /^MUSTER_AGENT_PAUSE_AFTER must be/],
  ['an unknown command', ['joyn'], {}, /joyn/],
  ['a join without its token', ['join', '--server', 'http://127.0.0.1:1', '--fingerprint', 'x'], {}, /--token/],
])('%s is one sentence and exit code 1', async (_, args, environment, sentence) => {
  const { code, stderr } = await agent(args, { MUSTER_AGENT_DATA_DIR: join(directory, 'data'), ...environment });
  expect(code).toBe(1);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toContain('    at ');
});

test('an agent whose host was deleted ends with an exit code of its own, which says that starting it is in vain', async () => {
  await join_();
  controlPlane.installation.refuseHeartbeats = { kind: RefusalKind.HOST_DELETED, signing: 'signed' };
  const nothing = { MUSTER_AGENT_RUNTIME: '/no/such', MUSTER_CACHE_DIR: join(directory, 'cache') };
  const { code, stdout } = await agent(['run', '--data-dir', join(directory, 'data')], nothing);
  expect({ code, stdout }).toMatchObject({ code: exitCodeOfDeletion });
  expect((await agent(['run', '--data-dir', join(directory, 'data')], nothing)).code).toBe(1);
});

test('settings are read from .env too, and a wrong config file is named', async () => {
  writeFileSync(
    join(directory, '.env'),
    `MUSTER_AGENT_DATA_DIR=${directory}/data\nMUSTER_AGENT_CONFIG=${directory}/agent.json\n`,
  );
  writeFileSync(join(directory, 'agent.json'), '{"components": 1}');
  const { code, stderr } = await agent(['run']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/agent\.json: components/);
});
