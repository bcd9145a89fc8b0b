import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, expect, test } from 'vitest';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { openTerminal } from '../../cli/testing/muster.ts';
import { recordComponentReports } from '../../control-plane/fleet/index.ts';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { makeRepository } from '../support/repository.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'muster-gate-'));
const repository = makeRepository(directory, 'web');
const plane = await startTestControlPlane({
  env: { MUSTER_REPOSITORY_ROOTS: directory, MUSTER_LOCAL_REPOSITORY_POLL: '100ms' },
});
const hostId = 'host0123456789abcdef';
const { pool } = plane.services;
await pool`insert into hosts (id, name, status, joined_at, last_seen_at) values (${hostId}, 'web-1', 'online', now(), now())`;
await plane.admin.clients.fleet.registerRepository({ name: 'web', url: repository.path });
/** The key that the operator's page makes for the pipeline, by the page's own line. */
const token = await makeKey();
// Where the step before the deployment has put the command line.
mkdirSync(join(directory, 'runner'));
symlinkSync(root, join(directory, 'runner', 'muster'));
afterAll(async () => {
  await plane.stop();
  rmSync(directory, { recursive: true });
});

async function makeKey(): Promise<string> {
  const page = readFileSync(join(root, 'docs/fleet.md'), 'utf8');
  const line = /^muster (keys create .*)$/m.exec(page)?.[1] ?? '';
  const terminal = openTerminal(plane.url, { MUSTER_TOKEN: plane.admin.token }, { isTTY: true });
  const { stdout, stderr } = await terminal.run(...line.split(' '));
  terminal.remove();
  const secret = /\bmst_\S+/.exec(stdout)?.[0];
  if (!secret) throw new Error(`“${line}” gave no key: ${stdout}${stderr}`);
  return secret;
}

/** The scripts of a workflow's steps, by the steps' names. */
function scriptsOf(forge: string): Map<string, string> {
  const text = readFileSync(join(root, 'docs/examples', forge, 'deploy.yml'), 'utf8');
  return new Map(
    text
      .split('      - name: ')
      .slice(1)
      .map((step) => {
        const [name = '', ...lines] = step.split('\n');
        const [first = '', ...rest] = lines.join('\n').replace('        run: ', '').split('\n');
        return [name, first === '|' ? rest.map((line) => line.slice(10)).join('\n') : first] as const;
      }),
  );
}

/** Runs a step as a runner does: a script for bash that ends at the first failure. */
function runStep(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    env: {
      PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
      HOME: directory,
      RUNNER_TEMP: join(directory, 'runner'),
      MUSTER_SERVER: plane.url,
      MUSTER_TOKEN: token,
      FLEET_REPOSITORY: 'web',
      MIN_HOSTS: '1',
      GATE_WAIT: '1s',
      ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

const report = (runningSha: string) =>
  recordComponentReports(pool, [
    {
      hostId,
      reports: [
        create(ComponentReportSchema, {
          component: 'web',
          repository: 'web',
          runningSha,
          buildSource: BuildSource.BAKED,
        }),
      ],
    },
  ]);

test.each(['github', 'forgejo'])(
  'the gate of the example for %s lets through what runs everywhere, and nothing else',
  { timeout: 180_000 },
  async (forge) => {
    const scripts = scriptsOf(forge);
    for (const script of scripts.values())
      expect(spawnSync('bash', ['-n', '-c', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const gate = scripts.get('Wait until every machine runs this commit') ?? '';
    const sha = repository.git('rev-parse', 'HEAD');
    await report(sha);
    const passed = await runStep(gate, { GITHUB_SHA: sha });
    expect(passed).toMatchObject({ code: 0, output: expect.stringContaining('Deployed.') });
    const next = repository.commit('Not deployed');
    const late = await runStep(gate, { GITHUB_SHA: next });
    expect(late).toMatchObject({
      code: 3,
      output: expect.stringContaining('::error::Not every machine runs it in time.'),
    });
    // An empty variable must not pass by accident.
    const unset = await runStep(gate, { GITHUB_SHA: '', MIN_HOSTS: '' });
    expect(unset).toMatchObject({ code: 125, output: expect.stringContaining('could not be asked (125)') });
    const away = await runStep(gate, { GITHUB_SHA: next, MUSTER_SERVER: 'http://127.0.0.1:1' });
    expect(away.code).toBe(125);
  },
);
