import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  auditRoutes,
  checkpointLoop,
  keepCheckpoints,
  recordAudit,
  sealAuditEvents,
} from '../../control-plane/audit/index.ts';
import { authRoutes } from '../../control-plane/auth/index.ts';
import { contextOf, startTestControlPlane } from '../../control-plane/testing/index.ts';
import { openTerminal } from '../testing/muster.ts';

const controlPlane = await startTestControlPlane({
  features: () => ({
    routes: [authRoutes, auditRoutes],
    loops: [checkpointLoop],
    onUpgrade: (_request, socket) => void socket.destroy(),
    close: async () => {},
  }),
});
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
const file = (name: string) => join(admin.home, name);

async function record(action: string, target: string): Promise<void> {
  const context = await contextOf(controlPlane.context, controlPlane.admin);
  await context.transaction((sql) => recordAudit(sql, context, { action, target, reason: 'because' }));
  await sealAuditEvents(controlPlane.context);
}

beforeAll(async () => {
  await record('host.cordon', 'host1');
  await record('host.uncordon', 'host1');
});

afterAll(async () => {
  admin.remove();
  await controlPlane.stop();
});

test('what was done stands in a table, with names', async () => {
  const { stdout, code } = await admin.run('audit', 'list', '--action', 'host.', '--since', '1h');
  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/^TIME +WHO +ACTION +ON +OUTCOME +WHY$/);
  expect(stdout.split('\n')[1]).toMatch(/Z +Ada +host\.uncordon +host1 +done +because$/);
  expect((await admin.run('audit', 'list', '--limit', '1')).stderr).toContain('There is more');
  expect(JSON.parse((await admin.run('audit', 'list', '--action', 'host.cordon', '--json')).stdout)).toMatchObject({
    events: [{ action: 'host.cordon', outcome: 'AUDIT_OUTCOME_DONE' }],
  });
});

test('an export goes to a file that only its owner reads, and to no file that is there already', async () => {
  const path = file('audit.csv');
  expect(await admin.run('audit', 'export', '--action', 'host.', '--out', path)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: `Wrote 2 rows to ${path}.\n`,
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8').trim().split('\r\n')).toHaveLength(3);
  expect(await admin.run('audit', 'export', '--out', path)).toMatchObject({ code: 1 });
  const lines = (await admin.run('audit', 'export', '--format', 'jsonl', '--action', 'host.')).stdout
    .trim()
    .split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { action: 'host.cordon' },
    { action: 'host.uncordon' },
  ]);
});

test('what is no time and no position is refused before anything is asked', async () => {
  expect(await admin.run('audit', 'list', '--since', 'yesterday')).toMatchObject({ code: 2, stdout: '' });
  expect(await admin.run('audit', 'export', '--after', '1.5')).toMatchObject({ code: 2, stdout: '' });
});

test('a verification keeps the newest checkpoint, and finds by it what was rewritten', async () => {
  await sealAuditEvents(controlPlane.context);
  await keepCheckpoints(controlPlane.context, 0);
  const kept = file('kept.jsonl');
  const first = await admin.run('audit', 'verify', '--keep', kept);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^All \d+ rows are as sealed; 1 checkpoint holds, up to position \d+\.\n$/);
  await admin.run('audit', 'verify', '--keep', kept);
  expect(readFileSync(kept, 'utf8').trim().split('\n')).toHaveLength(1);

  await controlPlane.services.pool.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`update audit_events set actor = 'user:other' where action = 'host.cordon'`;
  });
  const second = await admin.run('audit', 'verify', '--keep', kept);
  expect(second.code).toBe(1);
  expect(second.stdout).toMatch(/^The row at position \d+ was changed/);
  expect(readFileSync(kept, 'utf8').trim().split('\n')).toHaveLength(1);

  writeFileSync(kept, 'nonsense\n');
  expect(await admin.run('audit', 'verify', '--keep', kept)).toMatchObject({
    code: 1,
    stderr: `Line 1 of ${kept} is no checkpoint.\n`,
  });
});

test('who may not verify is told so', async () => {
  const member = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.other.token });
  expect(await member.run('audit', 'verify')).toMatchObject({ code: 4, stdout: '' });
  member.remove();
});
