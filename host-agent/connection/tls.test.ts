import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
  const [keyFile, certFile] = [join(dataDir.path, 'key.pem'), join(dataDir.path, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certFile, '-days', '1', ...subject], { stdio: 'ignore' });
  const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];
  setDefaultCACertificates([...before, cert]);
  controlPlane = await TestControlPlane.start(undefined, { key, cert });
});
afterEach(async () => {
  setDefaultCACertificates(before);
  await controlPlane.stop();
  await dataDir.remove();
});

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
