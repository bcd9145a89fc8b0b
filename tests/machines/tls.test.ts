import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, getCACertificates, setDefaultCACertificates, type ConnectionOptions } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, expect, test } from 'vitest';
import { cookieJar, startTestControlPlane } from '../../control-plane/testing/index.ts';
import { AlertKind, AlertState } from '#proto/muster/v1/alert_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { makeAuthority } from '../support/authority.ts';
import { eventually } from '../support/eventually.ts';
import { startNode } from '../support/process.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-tls-'));
const authority = makeAuthority(directory);
const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
const settings = (tls: typeof files) => ({ MUSTER_TLS_CERT: tls.cert, MUSTER_TLS_KEY: tls.key });
authority.issue(files);
const before = getCACertificates('default');
setDefaultCACertificates([...before, authority.certificate]);
const controlPlane = await startTestControlPlane({ env: { ...settings(files), MUSTER_ALERT_INTERVAL: '200ms' } });
const { url, admin, replica } = controlPlane;
const port = Number(new URL(url).port);
afterAll(async () => {
  await controlPlane.stop();
  setDefaultCACertificates(before);
  rmSync(directory, { recursive: true });
});

/** What a connection from now on is shown and agrees on. */
async function shake(options: ConnectionOptions = {}) {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  try {
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    return { serialNumber, protocol: socket.alpnProtocol, version: socket.getProtocol() };
  } finally {
    socket.destroy();
  }
}

/** Has the replica look at its files, and waits until it has. */
const lookAtFiles = () => runLoop('server.certificate');

async function runLoop(loop: string): Promise<void> {
  const status = () => replica.loops.statuses().find(({ name }) => name === loop)!;
  const { runs } = status();
  replica.loops.wake(loop);
  // One run may have been under way already.
  await eventually(`${loop} has run`, () => status().runs >= runs + 1 && !status().running);
}

const metric = async (name: string) =>
  new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1];

/** What alerts about certificates say now. */
async function firing(): Promise<string[]> {
  const { alerts } = await admin.clients.alerts.listAlerts({ state: AlertState.FIRING });
  const own = alerts.filter(({ kind }) => kind === AlertKind.CERTIFICATE);
  const told = await Promise.all(own.map(({ id }) => admin.clients.alerts.getAlert({ alertId: id })));
  return told.flatMap(({ alert }) => alert!.members.map(({ name, sentence }) => `${name}: ${sentence}`));
}

/** An agent that joins with a fresh token and trusts the test's authority. */
async function startAgent(name: string, server: string) {
  const { host, joinToken } = await admin.clients.hosts.createHost({ name });
  const fingerprint = controlPlane.services.installation.fingerprint;
  const options = ['--server', server, '--fingerprint', fingerprint, '--token', joinToken!.token];
  const agent = startNode(name, 'host-agent/main.ts', ['join', ...options, '--data-dir', join(directory, name)], {
    environment: { NODE_EXTRA_CA_CERTS: authority.file, MUSTER_AGENT_NETWORK: 'none' },
  });
  return { agent, read: async () => (await admin.clients.hosts.getHost({ hostId: host!.id })).host! };
}

test('one port speaks Connect over both versions of HTTP, and gRPC', async () => {
  expect(url).toMatch(/^https:/);
  const transports = [
    createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
    createConnectTransport({ baseUrl: url, httpVersion: '2' }),
    createGrpcTransport({ baseUrl: url }),
  ];
  for (const transport of transports) {
    const { installationId } = await createClient(SetupService, transport).getSetup({});
    expect(installationId).toBe(controlPlane.services.installation.id);
  }
  expect(await shake({ ALPNProtocols: ['http/1.1', 'h2'] })).toMatchObject({ protocol: 'h2', version: 'TLSv1.3' });
  expect(await shake({ ALPNProtocols: ['http/1.1'] })).toMatchObject({ protocol: 'http/1.1' });
  expect(await shake({ maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: false, version: 'TLSv1.2' });
  const tooOld = shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' });
  await expect(tooOld).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

test('a session is a cookie that is sent over TLS alone', async () => {
  const browser = cookieJar(url, { origin: url });
  const { status } = await browser.call('muster.v1.AuthService/LogIn', {
    email: admin.email,
    password: admin.password,
  });
  expect(status).toBe(200);
  expect([...browser.cookies.keys()]).toContain('__Host-muster');
});

test('who speaks plain HTTP is told so', async () => {
  const socket = connectPlain(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [^]*This port speaks TLS: use https\.\n$/);
});

test('a renewal changes what newcomers see, a broken one nothing, and an agent stays connected all the time', async () => {
  const { agent, read } = await startAgent('renewed', url);
  const isConnected = async () => (await read()).connected;
  await eventually(`the agent is connected: ${agent.output()}`, isConnected);
  const first = await shake();

  authority.issue(files);
  await lookAtFiles();
  await eventually('newcomers see it', async () => (await shake()).serialNumber !== first.serialNumber);
  const second = await shake();

  writeFileSync(files.key, 'cut sho');
  await lookAtFiles();
  await eventually('it is said', async () => (await metric('muster_tls_renewal_broken')) === '1');
  expect(controlPlane.log.join('')).toContain(`MUSTER_TLS_KEY: ${files.key} holds no private key in PEM form`);
  const why = `Its renewal cannot be used: MUSTER_TLS_KEY: ${files.key} holds no private key`;
  await eventually('an alert says so', async () => (await firing()).some((said) => said.includes(why)));
  authority.issue(files, -1);
  await lookAtFiles();
  await eventually('it is said', () => controlPlane.log.join('').includes('has ended already'));
  expect(await shake()).toEqual(second);

  authority.issue(files, 2);
  await lookAtFiles();
  await eventually('it is well', async () => (await metric('muster_tls_renewal_broken')) === '0');
  await eventually('the alert is over', async () => (await firing()).length === 0);
  expect((await shake()).serialNumber).not.toBe(second.serialNumber);
  expect(Number(await metric('muster_tls_certificate_ends_seconds'))).toBeGreaterThan(Date.now() / 1000 + 86_400);

  expect(await isConnected()).toBe(true);
  expect(agent.output().match(/Connected to the control plane/g)).toHaveLength(1);
  await agent.stop();
});

test('a certificate that has ended is served, said, and refused by agents', async () => {
  const ended = { cert: join(directory, 'ended.pem'), key: join(directory, 'ended.key') };
  authority.issue(ended, -1);
  const late = await controlPlane.startReplica(settings(ended));
  expect(controlPlane.log.join('')).toContain('the certificate has ended: browsers and agents refuse it');
  const { agent, read } = await startAgent('late', late.url);
  await eventually('it says why', () => agent.output().includes('certificate has expired'));
  expect((await read()).connected).toBe(false);
  await agent.stop();
  await eventually('an alert says so', async () =>
    (await firing()).some((said) => said.startsWith(`${late.url}: It ended at`)),
  );
  // There are two replicas now, and no certificate is for the address that one listens on.
  const warned = () => controlPlane.log.join('').includes('set MUSTER_REPLICA_URL on each');
  for (let runs = 0; runs < 5; runs += 1) await runLoop('hosts.replica');
  expect(warned()).toBe(true);
});

test('what cannot be used ends the start with one sentence', async () => {
  const other = { cert: join(directory, 'other.pem'), key: join(directory, 'other.key') };
  authority.issue(other);
  const gone = join(directory, 'gone.pem');
  const start = (env: Record<string, string>) => controlPlane.startReplica(env);
  await expect(start(settings({ ...files, key: other.key }))).rejects.toThrow(
    `The key in ${other.key} (MUSTER_TLS_KEY) does not belong to the certificate in ${files.cert} (MUSTER_TLS_CERT).`,
  );
  await expect(start(settings({ ...files, cert: gone }))).rejects.toThrow(
    `MUSTER_TLS_CERT: ${gone} cannot be read (ENOENT).`,
  );
  await expect(start(settings({ ...files, cert: files.key }))).rejects.toThrow('holds no certificate in PEM form.');
  await expect(start({ MUSTER_TLS_KEY: '' })).rejects.toThrow('MUSTER_TLS_CERT needs MUSTER_TLS_KEY beside it.');
  await expect(start({ MUSTER_PUBLIC_URL: 'http://muster.example.com' })).rejects.toThrow(
    'MUSTER_PUBLIC_URL must begin with https:// where MUSTER_TLS_CERT is set.',
  );
});
