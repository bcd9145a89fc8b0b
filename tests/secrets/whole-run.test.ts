import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { AlertService } from '#proto/muster/v1/alert_pb.js';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { AuditExportFormat, AuditService } from '#proto/muster/v1/audit_pb.js';
import { AuthService, PasskeyPurpose, TeamRole } from '#proto/muster/v1/auth_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { IdentityEnvironment, IdentityScope, IdentityService } from '#proto/muster/v1/identity_pb.js';
import { InviteService } from '#proto/muster/v1/invite_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { methods } from '../../control-plane/access/methods.ts';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { makeAuthenticator } from '../../control-plane/second-factor/testing/authenticator.ts';
import { startTestService, type TestService } from '../../control-plane/settings/testing/service.ts';
import { eventually } from '../support/eventually.ts';
import type { RunningProcess } from '../support/process.ts';
import { startSystem, type System } from '../support/system.ts';
import { dumpDatabase } from './dump.ts';
import { Ledger, type Text } from './ledger.ts';
import { lookAtEverything, recorded, recordedFetch, type Recorded } from './recording.ts';

// A real agent and real sandboxes on a machine that does other things, too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const everyService = methods.map(([service]) => service);

const ledger = new Ledger();
const secret = {
  masterKey: ledger.mint('master key', '7d'.repeat(31) + '11'),
  metrics: ledger.mint('metrics token', 'metrics-Zq8vW2-token'),
  bootstrap: ledger.mint('bootstrap key', mintToken('org').secret.reveal()),
  admin: ledger.mint('password of the admin', 'Vb7-admin-first/password'),
  adminNext: ledger.mint('second password of the admin', 'Vb7-admin-second/password'),
  invited: ledger.mint('password of who was invited', 'Vb7-invited/password'),
  reset: ledger.mint('password after the reset', 'Vb7-after+reset/password'),
  providerKey: ledger.mint('key of a provider', 'gsk_Ym4cR8-of-the-whole-run'),
  oldProviderKey: ledger.mint('key of a provider before', 'gsk_Hd6sL1-of-the-whole-run'),
  ownKey: ledger.mint('key of a team at a provider', 'gsk_Wt7nE3-of-the-team'),
  smtpPassword: ledger.mint('password of a mail server in the settings', 'Nf9-kept/in+the settings'),
  wrong: ledger.mint('a password that was wrong', 'Vb7-mistyped/password'),
  repositoryToken: ledger.mint('token of a repository', 'ghp_Rk2vT8-of-the-whole-run'),
  channelPath: ledger.mint('secret part of a channel', 'Tq5wX1-of-the-whole-run'),
  // Of other modes: configured, and to be written nowhere all the same.
  proxy: ledger.mint('secret of a sign-in proxy', 'proxy-Jd4pM7-of-the-whole-run-in-full'),
  client: ledger.mint('secret of a client of a provider', 'client-Xc9nB3-of-the-whole-run'),
};
let mails: TestMailServer;
let provider: TestService;
let system: System;
beforeAll(async () => {
  [mails, provider] = await Promise.all([startMailServer(), startTestService()]);
  ledger.mint('password of the mail server', decodeURIComponent(new URL(mails.url).password));
  system = await startSystem(
    {
      MUSTER_MASTER_KEY: secret.masterKey,
      MUSTER_METRICS_TOKEN: secret.metrics,
      MUSTER_BOOTSTRAP_KEY: secret.bootstrap,
      MUSTER_SMTP_URL: mails.url,
      MUSTER_MAIL_FROM: 'muster@example.com',
      MUSTER_LOG_LEVEL: 'trace',
      MUSTER_PROXY_SECRET: secret.proxy,
      MUSTER_OIDC_CLIENT_SECRET: secret.client,
      MUSTER_PRIVATE_RANGES: '127.0.0.1',
    },
    { setUp: false },
  );
});
afterAll(async () => {
  await system?.stop();
  await Promise.all([mails?.close(), provider?.close()]);
});

const as = (headers: Readonly<Record<string, string>> = {}): Recorded => recorded(ledger, system.url, headers);
const page = () => as({ origin: system.url });
const bearer = (token: string) => as({ authorization: `Bearer ${token}` });
/** The link of the n-th mail, with its token written down. */
async function linkFrom(mail: number, name: string): Promise<string> {
  const text = await eventually(`mail ${mail} comes`, () => mails.mails[mail]?.text);
  return ledger.mint(name, /mst_(?:inv|pwr)_\w+/.exec(text)![0]);
}
/** Signs in at the console; answers the session's cookie. */
async function signIn(email: string, password: string): Promise<Recorded> {
  const door = page();
  await door.client(AuthService).logIn({ email, password });
  return session(door);
}
function session(door: Recorded): Recorded {
  const cookie = door.cookie();
  ledger.mint(`session ${cookie.slice(0, 40)}`, cookie.split('=')[1]!);
  return as({ cookie, origin: system.url });
}
const ids: Record<string, string> = {};
const agents: RunningProcess[] = [];
let admin: Recorded;
let adminApi: Recorded;
let grace: Recorded;

test('an admin, an invite by mail, a reset by mail and one by link, a new password', async () => {
  const setupToken = ledger.mint('setup token', system.setupLink.split('#')[1]!);
  const door = page();
  const { caller } = await door
    .client(SetupService)
    .completeSetup({ setupToken, name: 'Ada', email: 'ada@example.com', password: secret.admin });
  await system.adopt(door.cookie());
  ids['userId'] = caller!.userId;
  ids['teamId'] = caller!.activeTeamId;
  admin = session(door);
  ledger.mint('user token of the system', system.adminToken);
  const { token } = await admin.client(AuthService).createUserToken({});
  adminApi = bearer(ledger.mint('user token', token));

  const { invite } = await admin
    .client(InviteService)
    .createInvite({ teamId: ids['teamId'], email: 'grace@example.com', role: TeamRole.ADMIN });
  ids['inviteId'] = invite!.id;
  const inviteToken = await linkFrom(0, 'invite');
  await page().client(InviteService).getInvite({ token: inviteToken });
  const invited = page();
  await invited.client(InviteService).acceptInvite({ token: inviteToken, name: 'Grace', password: secret.invited });
  session(invited);

  await page().client(AuthService).requestPasswordReset({ email: 'grace@example.com' });
  const token1 = await linkFrom(1, 'reset by mail');
  await page().client(AuthService).resetPassword({ token: token1, newPassword: secret.reset });
  grace = await signIn('grace@example.com', secret.reset);
  const { caller: now } = await grace.client(AuthService).getCaller({});
  const { link } = await admin.client(AuthService).createResetLink({ userId: now!.userId });
  ledger.mint('reset by link', link.split('#')[1]!);
  await admin.client(AuthService).changePassword({ currentPassword: secret.admin, newPassword: secret.adminNext });
});

test('a passkey, recovery codes, and a sign-in with one of them', async () => {
  const auth = grace.client(AuthService);
  const { optionsJson, passkeyOrigin } = await auth.startPasskey({ purpose: PasskeyPurpose.REGISTER });
  const responseJson = makeAuthenticator(passkeyOrigin).create(optionsJson);
  const { recoveryCodes } = await auth.registerPasskey({ name: 'Laptop', responseJson });
  const more = (await auth.createRecoveryCodes({})).recoveryCodes;
  for (const [index, code] of [...recoveryCodes, ...more].entries()) {
    ledger.mint(`recovery code ${index}`, code);
    ledger.mint(`recovery code ${index} without dashes`, code.replaceAll('-', ''));
  }
  const door = page();
  await door.client(AuthService).logIn({ email: 'grace@example.com', password: secret.reset });
  const step = session(door);
  const second = step.client(AuthService);
  const withCode = (code: string) => second.completeLogIn({ factor: { case: 'recoveryCode', value: code } });
  const replaced = withCode(recoveryCodes[0]!);
  await expect(replaced, 'others were made since').rejects.toMatchObject({ code: Code.Unauthenticated });
  await withCode(more[0]!);
  await session(step).client(AuthService).getCaller({});
});

test('keys, identities and a command line that signs in', async () => {
  const keys = admin.client(ApiKeyService);
  const team = await keys.createApiKey({ name: 'ci', teamId: ids['teamId']!, role: KeyRole.OPERATOR });
  ids['keyId'] = team.key!.id;
  const teamKey = ledger.mint('team key', team.secret);
  await as({ 'open-sandbox-api-key': teamKey }).client(SandboxService).listSandboxes({});
  const rotated = await keys.rotateApiKey({ keyId: team.key!.id, overlap: { seconds: 60n } });
  ledger.mint('rotated team key', rotated.secret);
  await as({ 'x-api-key': rotated.secret }).client(SandboxService).listSandboxes({});
  const org = await keys.createApiKey({ name: 'automation', role: KeyRole.ADMIN });
  await bearer(ledger.mint('org key', org.secret)).client(HostService).listHosts({});
  await bearer(secret.bootstrap).client(HostService).listHosts({});

  const identities = admin.client(IdentityService);
  const made = await identities.createIdentity({
    teamId: ids['teamId']!,
    name: 'agent',
    environment: IdentityEnvironment.DEVELOPMENT,
    role: KeyRole.OPERATOR,
    scopes: [IdentityScope.SANDBOX_READ],
  });
  ids['identityId'] = made.identity!.id;
  const first = ledger.mint('identity', made.secret);
  await bearer(first).client(SandboxService).listSandboxes({});
  const credentialId = first.split('_')[2]!;
  const next = await identities.rotateCredential({ identityId: made.identity!.id, credentialId, overlap: {} });
  ledger.mint('rotated identity', next.secret);

  for await (const { event } of as().client(AuthService).startDeviceLogin({ deviceName: 'laptop' })) {
    if (event.case === 'prompt') await admin.client(AuthService).approveDeviceLogin({ userCode: event.value.userCode });
    else if (event.case === 'token') ledger.mint('token of a command line', event.value.token);
  }
});

test('a real host joins, refreshes and runs a command', async () => {
  const hosts = adminApi.client(HostService);
  const spare = await hosts.createHost({ name: 'spare' });
  ledger.mint('join token', spare.joinToken!.token);
  const host = await system.addHost('real');
  ids['hostId'] = host.id;
  const refreshToken = () => readFileSync(join(host.dataDir, 'credentials.json'), 'utf8');
  const before = refreshToken();
  agents.push(host.agent);
  harvest(host.dataDir);
  const { sandbox } = await adminApi.client(SandboxService).createSandbox({});
  ids['sandboxId'] = sandbox!.id;
  for await (const _ of bearer(system.adminToken)
    .client(ProcessService)
    .run({ sandboxId: sandbox!.id, argv: ['true'] }));
  await host.agent.stop();
  host.start();
  agents.push(host.agent);
  await eventually('the agent has refreshed', () => refreshToken() !== before, 60_000);
  harvest(host.dataDir);
});

test('a link to a port, a webhook of a repository, and channels of alerts', async () => {
  const endpoint = await adminApi.client(SandboxService).signEndpoint({ sandboxId: ids['sandboxId']!, port: 8080 });
  const link = /\d{10}\.([\w-]{43})/.exec(endpoint.url)!;
  ledger.mint('signed link', link[1]!);
  await recordedFetch(ledger, endpoint.url).then((response) => response.text());
  await recordedFetch(ledger, `${endpoint.url}deeper?again=${link[0]}`).then((response) => response.text());

  const fleet = adminApi.client(FleetService);
  const { repository } = await fleet.registerRepository({
    name: 'app',
    url: 'https://127.0.0.1:1/app.git',
  });
  const repositoryId = (ids['repositoryId'] = repository!.id);
  const credential = { case: 'token', value: { username: 'ci', token: secret.repositoryToken } } as const;
  await fleet.updateRepository({ repositoryId, credential });
  for (const turn of ['first', 'second']) {
    const { webhookSecret } = await fleet.updateRepository({
      repositoryId,
      webhook: { case: 'createWebhook', value: true },
    });
    ledger.mint(`${turn} secret of a webhook`, webhookSecret);
  }

  const alerts = adminApi.client(AlertService);
  const url = `${provider.url}/hooks/${secret.channelPath}`;
  const webhook = await alerts.createChannel({ name: 'pager', target: { case: 'webhook', value: { url } } });
  ledger.mint('signing secret of a channel', webhook.signingSecret);
  ids['channelId'] = webhook.channel!.id;
  const rotated = await alerts.updateChannel({ channelId: webhook.channel!.id, rotateSecret: true });
  ledger.mint('next signing secret of a channel', rotated.signingSecret);
  const chat = await alerts.createChannel({ name: 'chat', target: { case: 'slack', value: { url } } });
  for (const { channel } of [webhook, chat]) await alerts.testChannel({ channelId: channel!.id });
});

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages) void _;
}

/** Everything that an agent keeps to itself. */
function harvest(directory: string): void {
  const files = readdirSync(directory).filter((name) => /\.(json|pem)$/.test(name));
  for (const name of files) ledger.mintAllIn(`of the agent, ${name}`, readFileSync(join(directory, name), 'utf8'));
}

test('secrets that are presented wrongly come back in no answer', async () => {
  const { length } = ledger.names;
  const [key, token] = [mintToken('team').secret.reveal(), mintToken('inv').secret.reveal()];
  ledger.mint('a key that nobody has', key);
  ledger.mint('an invite that nobody has', token);
  expect(ledger.names).toHaveLength(length + 2);
  const mistyped = (text: string) => `${text.slice(0, -3)}${text.endsWith('abc') ? 'xyz' : 'abc'}`;
  const jwt = ledger.mint('a user token with three wrong characters', mistyped(system.adminToken));
  const link = `1763785968.${mistyped(Buffer.alloc(32, 7).toString('base64url'))}`;
  ledger.mint('a link that opens nothing', link.split('.')[1]!);
  const reader = await admin
    .client(ApiKeyService)
    .createApiKey({ name: 'reader', teamId: ids['teamId']!, role: KeyRole.READ_ONLY });
  const asReader = as({ 'x-api-key': ledger.mint('read-only key', reader.secret) }).client(ProcessService);
  const refusals = [
    page().client(AuthService).logIn({ email: 'ada@example.com', password: secret.wrong }),
    page().client(AuthService).logIn({ email: secret.wrong, password: secret.wrong }),
    page().client(InviteService).getInvite({ token }),
    page()
      .client(InviteService)
      .getInvite({ token: `${token}x` }),
    page()
      .client(AuthService)
      .resetPassword({ token: `${token} `, newPassword: secret.wrong }),
    bearer(key).client(AuthService).getCaller({}),
    as({ 'x-api-key': `${key}x` })
      .client(AuthService)
      .getCaller({}),
    as({ 'x-api-key': key, authorization: `Bearer ${secret.bootstrap}` })
      .client(AuthService)
      .getCaller({}),
    adminApi.client(HostService).getHost({ hostId: key }),
    bearer(jwt).client(AuthService).getCaller({}),
    as({ 'x-api-key': jwt }).client(AuthService).getCaller({}),
    adminApi.client(HostService).getHost({ hostId: jwt }),
    // Denied before it is looked at: what stands there by mistake is told as what the attempt was about.
    ...[key, jwt, link].map((sandboxId) => drained(asReader.run({ sandboxId, argv: ['true'] }))),
  ];
  const outcomes = await Promise.allSettled(refusals);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  const sendRaw = (path: string, body?: string) =>
    recordedFetch(ledger, `${system.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { 'content-type': 'application/json', origin: system.url },
    }).then((response) => response.text());
  await sendRaw(`/reset?token=${token}`);
  await sendRaw(`/healthz?key=${key}`);
  await sendRaw(`/no/such/page/${jwt}?token=${jwt}`);
  await sendRaw(`/endpoints/${ids['sandboxId']}/8080/~${link}/deeper?muster-link=${link}`);
  await sendRaw(`/muster.v1.AuthService/LogIn`, `{"${jwt}":"${link}"}`);
  await sendRaw(`/muster.v1.AuthService/LogIn?password=${secret.wrong}`, '{"email":"ada@example.com","password":"x"}');
  await sendRaw('/muster.v1.AuthService/LogIn', `{"email":"ada@example.com","passwort":"${secret.wrong}"}`);
  await sendRaw('/muster.v1.AuthService/LogIn', `{"email":"ada@example.com","password":"${secret.wrong}"`);
  await sendRaw('/muster.v1.AuthService/LogIn', `{"email":"ada@example.com","password":{"${secret.wrong}":1}}`);
});

test('secrets of the service setup: saved, refused, replaced, tried against a provider that repeats them', async () => {
  const settings = admin.client(SettingsService);
  await settings.setSetting({ name: 'groq.base_url', value: provider.url });
  await settings.setSecret({ name: 'groq.api_key', value: secret.oldProviderKey });
  expect(await settings.testSetting({ group: 'groq' })).toMatchObject({ ok: false });
  await settings.setSecret({ name: 'groq.api_key', value: secret.providerKey, version: 1n });
  provider.key = secret.providerKey;
  expect(await settings.testSetting({ group: 'groq' })).toMatchObject({ ok: true });
  await settings.setSecret({ name: 'mail.smtp_password', value: secret.smtpPassword });
  for (const { name, value, version } of [
    { name: 'groq.api_key', value: secret.providerKey, version: 7n },
    { name: 'groq.base_url', value: secret.providerKey, version: 1n },
    { name: 'groq.nothing', value: secret.providerKey, version: 0n },
    { name: 'groq.api_key', value: `${secret.providerKey} ${'x'.repeat(9000)}`, version: 2n },
  ])
    await expect(settings.setSecret({ name, value, version })).rejects.toThrow(/./);
});

test('a key of a team reaches its real sandbox, as a variable and in its file, and a token of the gateway whoever made it', async () => {
  const keys = admin.client(TesterKeyService);
  await keys.setProviderKey({ teamId: ids['teamId']!, provider: 'groq', value: secret.ownKey });
  const digest = createHash('sha256').update(secret.ownKey).digest('hex');
  const command =
    'printf %s "$GROQ_API_KEY" | sha256sum; . /run/muster/keys.env; printf %s "$GROQ_API_KEY" | sha256sum';
  const isIn = async (sandboxId: string) => {
    let output = '';
    const run = { sandboxId, argv: ['sh', '-c', command] };
    for await (const { event } of bearer(system.adminToken).client(ProcessService).run(run))
      if (event.case === 'stdout') output += Buffer.from(event.value).toString();
    return output.split(digest).length === 3;
  };
  await eventually('the key is in the sandbox', () => isIn(ids['sandboxId']!));
  const { sandbox } = await adminApi.client(SandboxService).createSandbox({});
  expect(await isIn(sandbox!.id), 'another one begins with it').toBe(true);
  await expect(
    keys.setProviderKey({ teamId: ids['teamId']!, provider: 'groq', value: `${secret.ownKey} x`, version: 1n }),
  ).rejects.toThrow(/one word/);
  const minted = await admin.client(GatewayService).createGatewayToken({ teamId: ids['teamId']!, name: 'laptop' });
  const token = ledger.mint('token of the gateway', minted.secret);
  const models = { headers: { authorization: `Bearer ${token}` } };
  expect((await recordedFetch(ledger, `${system.url}/v1/models`, models)).status).toBe(200);
});

test('none of them is in a log, in the database, in a file of the server or in a later answer', async () => {
  const looked = await Promise.all([
    lookAtEverything(admin, everyService, ids),
    lookAtEverything(adminApi, everyService, ids),
    lookAtEverything(bearer(secret.bootstrap), everyService, ids),
  ]);
  expect(Math.min(...looked)).toBeGreaterThan(15);
  for await (const _ of adminApi.client(AuditService).exportAuditEvents({ format: AuditExportFormat.CSV }));
  const metrics = { headers: { authorization: `Bearer ${secret.metrics}` } };
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/.well-known/jwks.json'])
    await recordedFetch(ledger, `${system.url}${path}`, metrics).then((response) => response.text());

  const dump = await dumpDatabase(system.environment['DATABASE_URL']!);
  const output = system.controlPlane.process.output();
  const logs: Text[] = [{ name: 'log of the control plane', text: withoutSetupLink(output) }, ...agentLogs()];
  const files = filesOf(system.environment['MUSTER_DATA_DIR']!);

  expect(ledger.names.length).toBeGreaterThanOrEqual(50);
  expect(ledger.names).toEqual(
    expect.arrayContaining(['of the agent, credentials.json', expect.stringMatching(/^of the agent, host-key/)]),
  );
  expect(ledger.answers).toBeGreaterThan(100);
  for (const name of [
    'users',
    'sessions',
    'credentials',
    'mail_outbox',
    'one_time_tokens',
    'audit_contents',
    'secrets',
  ])
    expect(dump.find((table) => table.name === name)?.text, `${name} is searched`).not.toBe('');
  for (const { name, text } of logs) expect(text.length, `${name} is searched`).toBeGreaterThan(100);
  expect(ledger.leaksInAnswers()).toEqual([]);
  expect(ledger.leaksIn([...dump, ...logs, ...files])).toEqual([]);
});

/** The one line that is meant for whoever reads the terminal of the first start. */
function withoutSetupLink(output: string): string {
  const lines = output.split('\n');
  const printed = lines.filter((line) => line.includes(system.setupLink));
  expect(printed).toHaveLength(1);
  expect(printed[0], 'it is no line of the log').not.toMatch(/^\{/);
  return lines.filter((line) => !printed.includes(line)).join('\n');
}

const agentLogs = (): Text[] => agents.map((agent) => ({ name: `log of ${agent.name}`, text: agent.output() }));

function filesOf(directory: string): Text[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ name, text: readFileSync(join(parentPath, name), 'latin1') }));
}
