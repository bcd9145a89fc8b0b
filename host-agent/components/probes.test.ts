import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { eventually } from '../testing/eventually.ts';
import { testContext } from '../testing/test-agent.ts';
import { ConfigFile } from './config-file.ts';
import { ComponentWatch } from './watch.ts';

const sha = 'a'.repeat(40);
const later = 'b'.repeat(40);
let directory: string;
let closing: (() => void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-probes-'));
  closing = [];
});
afterEach(() => {
  for (const close of closing) close();
  rmSync(directory, { recursive: true });
});

const watching = (probe: object): ComponentWatch => {
  const path = join(directory, 'agent.json');
  writeFileSync(path, JSON.stringify({ components: [{ name: 'web', repository: 'web', probe }] }));
  const own = { version: '', sha, dirty: false, builtAt: undefined, startedAt: new Date(0), worktree: undefined };
  return new ComponentWatch(new ConfigFile(path), { ...own, problem: '' });
};
const look = async (watch: ComponentWatch) => {
  await watch.look(testContext());
  return watch.reports.find(({ component }) => component === 'web');
};
const lookAt = (probe: object) => look(watching(probe));

/** A server of one answer. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/build-info`; // it listens on a port
}
const serveText = (text: string, headers: Record<string, string> = {}, status = 200) =>
  serve((_, response) => response.writeHead(status, headers).end(text));

/** A process with a pid file, started now. */
async function startProcess(): Promise<{ pid_file: string }> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  closing.push(() => child.kill('SIGKILL'));
  const path = join(directory, 'app.pid');
  writeFileSync(path, String(child.pid));
  await eventually('the process runs', () => existsSync(`/proc/${child.pid}/stat`));
  return { pid_file: path };
}

const script = (text: string) => ['/bin/sh', '-c', text];
const print = (info: object) => script(`echo '${JSON.stringify(info)}'`);
const at = (when: unknown) => timestampDate(when as Timestamp).toISOString(); // a report's time is one

test('an HTTP endpoint says what the process was built from', async () => {
  const url = await serveText(
    JSON.stringify({ sha, dirty: true, built_at: '2026-01-01T00:00:00Z', started_at: '2026-01-02T00:00:00Z' }),
  );
  const report = await lookAt({ kind: 'http', url });
  expect(report).toMatchObject({ runningSha: sha, worktreeSha: '', dirty: true, buildSource: BuildSource.HTTP });
  expect([at(report?.builtAt), at(report?.startedAt)]).toEqual([
    '2026-01-01T00:00:00.000Z',
    '2026-01-02T00:00:00.000Z',
  ]);
});

test('an endpoint that fails after it has answered leaves no value behind', async () => {
  let healthy = true;
  const url = await serve((_, response) =>
    healthy ? response.end(JSON.stringify({ sha })) : response.writeHead(500).end('the database is gone'),
  );
  const watch = watching({ kind: 'http', url });
  expect(await look(watch)).toMatchObject({ runningSha: sha });
  healthy = false;
  const report = await look(watch);
  expect(report).toMatchObject({
    buildSource: BuildSource.HTTP,
    probeError: `${url} answers 500: the database is gone`,
  });
  expect(report?.runningSha).toBeUndefined();
});

test.each<[string, () => Promise<string>, RegExp]>([
  ['a redirect', () => serveText('', { location: 'http://elsewhere/' }, 302), /redirect to http:\/\/elsewhere\//],
  ["a cache's answer", () => serveText(JSON.stringify({ sha }), { age: '86400' }), /from a cache, 86400 seconds old/],
  [
    "yesterday's answer",
    () => serveText(JSON.stringify({ sha }), { date: new Date(Date.now() - 86_400_000).toUTCString() }),
    /not of now/,
  ],
  ['a large answer', () => serveText(' '.repeat(100_000)), /more than 64 KiB/],
  ['a page of HTML', () => serveText('<html>'), /is not JSON/],
  ['JSON without a commit', () => serveText('{}'), /lacks "sha"/],
  ['an endpoint that nobody listens at', async () => 'http://127.0.0.1:1/', /cannot be reached/],
  ['an endpoint that never answers', () => serve(() => {}), /did not answer within 0.3 seconds/],
  [
    'an answer that never ends',
    () =>
      serve((_, response) => {
        response.write('{');
      }),
    /did not answer within 0.3 seconds/,
  ],
])('%s fails the HTTP probe in words', async (_, address, words) => {
  const report = await lookAt({ kind: 'http', url: await address(), timeout: '300ms' });
  expect(report?.probeError).toMatch(words);
  expect(report?.runningSha).toBeUndefined();
});

test('an endpoint whose process is not the one that runs is not believed', async () => {
  const process = await startProcess();
  const url = await serveText(JSON.stringify({ sha, started_at: '2026-01-02T00:00:00Z' }));
  expect((await lookAt({ kind: 'http', url, process }))?.probeError).toMatch(
    /of a process that was started at 2026-01-02/,
  );
  const now = await serveText(JSON.stringify({ sha, started_at: new Date().toISOString() }));
  expect(await lookAt({ kind: 'http', url: now, process })).toMatchObject({ runningSha: sha });
});

test('the process of a unit is the main one that systemd names; a unit that does not run, or no systemd, fails the probe', async () => {
  const { pid_file: running } = await startProcess();
  const url = await serveText(JSON.stringify({ sha }));
  const path = process.env['PATH'];
  const answers = async (...lines: string[]) => {
    writeFileSync(join(directory, 'systemctl'), ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 });
    return lookAt({ kind: 'http', url, process: { unit: 'web.service' } });
  };
  try {
    process.env['PATH'] = `${directory}:${path}`;
    const found = await answers(`[ "$*" = "show --property=MainPID --value -- web.service" ] && cat ${running}`);
    expect(found).toMatchObject({ runningSha: sha });
    expect(Math.abs(Date.now() - timestampDate(found?.startedAt as Timestamp).getTime())).toBeLessThan(300_000); // a report's time is one
    // So it answers for a unit that is stopped, and for one that it does not know.
    expect((await answers('echo 0'))?.probeError).toBe('web.service does not run.');
    expect((await answers('echo "Failed to connect to bus" >&2; exit 1'))?.probeError).toContain('connect to bus');
    process.env['PATH'] = directory;
    rmSync(join(directory, 'systemctl'));
    expect((await lookAt({ kind: 'http', url, process: { unit: 'web.service' } }))?.probeError).toContain(
      'not installed',
    );
  } finally {
    process.env['PATH'] = path;
  }
});

test('a command that asks the process speaks for it', async () => {
  const report = await lookAt({ kind: 'command', command: print({ sha }), asks: 'process' });
  expect(report).toMatchObject({ runningSha: sha, worktreeSha: '', buildSource: BuildSource.COMMAND });
});

test('a command that shows the disk is compared with the start of the process, and with what was there then', async () => {
  const path = join(directory, 'build-info.json');
  const install = (commit: string, builtAt: Date) =>
    writeFileSync(path, JSON.stringify({ sha: commit, built_at: builtAt.toISOString() }));
  install(sha, new Date(Date.now() - 3_600_000));
  const process = await startProcess();
  const watch = watching({ kind: 'command', command: ['/bin/cat', path], process });
  expect(await look(watch)).toMatchObject({ runningSha: sha, worktreeSha: sha });
  install(later, new Date(Date.now() + 1000));
  await eventually('the new build is seen', async () => (await look(watch))?.worktreeSha === later);
  expect(await look(watch)).toMatchObject({ runningSha: sha, worktreeSha: later });
});

test.each<[string, string[], RegExp]>([
  ['that fails', script('echo "no such app" >&2; exit 3'), /ends with 3: no such app/],
  ['that never ends', script('sleep 1000'), /took longer than 0.3 seconds/],
  ['whose child keeps its output open', script('sleep 1000 & sleep 1000'), /took longer than 0.3 seconds/],
  ['that prints without end', script('yes'), /prints more than 64 KiB/],
  ['that is not there', ['/nonexistent/app'], /cannot be started/],
  ['that says nothing', script('true'), /is not JSON/],
])('a command %s fails the probe in its own words', async (_, command, words) => {
  const report = await lookAt({ kind: 'command', command, timeout: '300ms' });
  expect(report?.probeError).toMatch(words);
  expect(report?.runningSha).toBeUndefined();
});

test('a report says how long ago its probe looked', async () => {
  const watch = watching({ kind: 'command', command: print({ sha }) });
  await look(watch);
  await eventually('the answer has aged', () => (watch.reports[0]?.age?.nanos ?? 0) > 50_000_000);
});
