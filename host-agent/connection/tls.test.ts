import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enrol } from '../enrolment/enrol.ts';
import { TestControlPlane } from '../testing/control-plane.ts';
import { eventually } from '../testing/eventually.ts';
import { joinOptions, makeDataDir, startTestAgent, testContext } from '../testing/test-agent.ts';

let controlPlane: TestControlPlane;
let dataDir: Awaited<ReturnType<typeof makeDataDir>>;
const before = getCACertificates('default');

beforeEach(async () => {
  dataDir = await makeDataDir();
  controlPlane = await TestControlPlane.start(undefined, issue(1));
});
afterEach(async () => {
  setDefaultCACertificates(before);
  await controlPlane.stop();
  await dataDir.remove();
});

/** A key with a certificate for so many days from now, which counts as vouched for from here on. */
function issue(days: number): { key: string; cert: string } {
  const [keyFile, requestFile, extensions] = ['key.pem', 'request.pem', 'extensions'].map((name) =>
    join(dataDir.path, name),
  ) as [string, string, string]; // as many as were named
  const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-out', requestFile);
  writeFileSync(extensions, 'subjectAltName=DNS:localhost\n');
  const by = ['-signkey', keyFile, '-extfile', extensions];
  const cert = openssl('x509', '-req', '-in', requestFile, '-days', String(days), ...by);
  setDefaultCACertificates([...before, cert]);
  return { key: readFileSync(keyFile, 'utf8'), cert };
}

test('everything works over TLS, on a server that would rather speak HTTP/2', async () => {
  const agent = await startTestAgent(controlPlane, dataDir.path);
  expect(controlPlane.url).toMatch(/^https:/);
  const connection = await eventually('the agent connects', async () =>
    (await controlPlane.connection?.proved) ? controlPlane.connection : undefined,
  );
  expect((await connection.client.getInventory({})).sandboxes).toEqual([]);
  await eventually('it beats', () => controlPlane.installation.heartbeats.length > 2);
  await agent.stop();
});

test('a certificate that nobody vouches for is not accepted', async () => {
  setDefaultCACertificates(before);
  const stop = new AbortController();
  const context = testContext(stop.signal);
  const joining = enrol(context, dataDir.path, joinOptions(controlPlane), {}).catch((error: unknown) => error);
  await eventually('it says why', () => context.text().includes('self-signed certificate'));
  stop.abort();
  await joining;
});

test('a certificate that has ended in front of the control plane harms neither credentials nor sandboxes', async () => {
  const agent = await startTestAgent(controlPlane, dataDir.path);
  await eventually('it beats', () => controlPlane.installation.heartbeats.length > 0);
  const limits = { cpu: 1, memoryMib: 64, diskMib: 64, pids: 16 };
  const spec = { template: 'base', limits, env: {}, hostname: 'one', onDisconnect: 'pause' } as const;
  await agent.sandboxes.create({ ...spec, sandboxId: 'sbx1', attempt: 1 });
  const credentials = () => readFileSync(join(dataDir.path, 'credentials.json'), 'utf8');
  const before = credentials();

  // It is vouched for, and its last day was yesterday.
  controlPlane.showCertificate(issue(-1));
  await eventually('it says why', () => agent.log().includes('certificate has expired'));
  expect(credentials()).toBe(before);
  expect(agent.sandboxes.views.get('sbx1')?.state).toBe('running');

  const beats = controlPlane.installation.heartbeats.length;
  controlPlane.showCertificate(issue(1));
  await eventually('it beats again', () => controlPlane.installation.heartbeats.length > beats);
  expect(agent.sandboxes.views.get('sbx1')?.state).toBe('running');
  expect(await agent.stop()).toBe('stopped');
});
