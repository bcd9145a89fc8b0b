import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dumpDatabase } from '../../tests/secrets/dump.ts';
import { Ledger } from '../../tests/secrets/ledger.ts';
import { callPlain, eventually, startTestControlPlane } from '../testing/index.ts';
import { labelOf } from './label.ts';
import { accountOf } from './materialise.ts';

const secret = 'a secret between the proxy and the server';
const controlPlane = await startTestControlPlane({
  env: {
    MUSTER_USER_MODE: 'trusted_header',
    MUSTER_PUBLIC_URL: 'https://muster.example',
    MUSTER_PROXY_RANGES: '127.0.0.1, ::1',
    MUSTER_PROXY_SECRET: secret,
    MUSTER_PLATFORM_ADMINS: 'root, Ada Lovelace',
    MUSTER_ROLE_MAP: 'Developers=operator, Team Leads=owner',
    MUSTER_SIGN_OUT_URL: 'https://sso.example/sign-out',
  },
  users: false,
});
const elsewhere = await controlPlane.startReplica({ MUSTER_PROXY_RANGES: '10.0.0.0/8' });
const { pool } = controlPlane.services;
afterAll(() => controlPlane.stop());
beforeAll(
  () => pool`insert into hosts (id, name, status) values ('host0123456789ab', 'unreachable-host', 'unreachable')`,
);

const getCaller = 'muster.v1.AuthService/GetCaller';
const word = (user: string, team: string, roles: string): Record<string, string> => ({
  'x-opensandbox-user': user,
  'x-opensandbox-team': team,
  'x-opensandbox-roles': roles,
  'x-opensandbox-proxy-secret': secret,
});
const call = (method: string, message: unknown, headers: Record<string, string>, url = controlPlane.url) =>
  callPlain(url, `muster.v1.${method}`, message, headers);
const whoIs = (headers: Record<string, string>, url = controlPlane.url) => callPlain(url, getCaller, {}, headers);

/** Sends headers byte by byte as they stand, which `fetch` would not do. */
async function raw(lines: readonly string[]): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(controlPlane.url);
  const socket = connect(Number(port), hostname);
  const head = [
    `POST /${getCaller} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: close',
    'Content-Type: application/json',
    'Content-Length: 2',
    ...lines,
  ];
  socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n{}`, 'utf8'));
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'close');
  const text = Buffer.concat(pieces).toString();
  return { status: Number(text.slice(9, 12)), body: text };
}
const rawWord = (...more: string[]) => [
  'X-OpenSandbox-User: ada',
  'X-OpenSandbox-Team: engines',
  'X-OpenSandbox-Roles: operator',
  `X-OpenSandbox-Proxy-Secret: ${secret}`,
  ...more,
];
const problemOf = ({ body }: { body: Readonly<Record<string, unknown>> }) =>
  (body['details'] as { type: string; debug: unknown }[]).find(({ type }) => type === 'muster.v1.ProxyProblem')?.debug;

test('whom the proxy names is signed in, with an account and a team that are made at once', async () => {
  const answer = await whoIs(word('ada', 'engines', 'operator'));
  expect(answer).toMatchObject({
    status: 200,
    body: {
      caller: {
        kind: 'CALLER_KIND_TRUSTED_HEADER',
        name: 'ada',
        teams: [{ teamName: 'engines', role: 'TEAM_ROLE_MEMBER' }],
      },
    },
  });
  expect(answer.body['caller']).not.toHaveProperty('platformAdmin');
});

test('the roles come with each request, and are the last word for the keys that somebody made', async () => {
  const roleOf = async (roles: string) =>
    (await whoIs(word('grace', 'compilers', roles))).body['caller'] as { teams: { role: string }[] };
  expect((await roleOf('owner')).teams[0]?.role).toBe('TEAM_ROLE_OWNER');
  const made = await call(
    'ApiKeyService/CreateApiKey',
    { name: 'mine', role: 2, teamId: await teamOf('compilers') },
    word('grace', 'compilers', 'owner'),
  );
  const key = { 'open-sandbox-api-key': String(made.body['secret']) };
  expect((await whoIs(key)).status).toBe(200);
  expect((await call('SandboxService/CreateSandbox', {}, key)).info?.['reason']).toBe('REASON_NO_HOST_FITS');
  expect((await roleOf('read_only')).teams[0]?.role).toBe('TEAM_ROLE_READ_ONLY');
  expect((await call('SandboxService/CreateSandbox', {}, key)).status).toBe(403);
  await whoIs(word('grace', 'another team', 'owner'));
  expect((await whoIs(key)).status).toBe(401);
});

const teamOf = async (name: string): Promise<string> =>
  (await pool<{ id: string }[]>`select id from teams where sso_name = ${name}`)[0]!.id;

test.each([
  ['Developers', 'TEAM_ROLE_MEMBER'],
  ['read_only, Developers', 'TEAM_ROLE_MEMBER'],
  ['Team Leads', 'TEAM_ROLE_OWNER'],
  ['admin', 'TEAM_ROLE_ADMIN'],
  ['platform-admin', 'TEAM_ROLE_READ_ONLY'],
  ['OWNER', 'TEAM_ROLE_READ_ONLY'],
  ['nonsense,more', 'TEAM_ROLE_READ_ONLY'],
])('the roles "%s" mean %s', async (roles, role) => {
  expect((await whoIs(word('roles', 'roles', roles))).body['caller']).toMatchObject({ teams: [{ role }] });
});

test('who runs the installation is named by the configuration alone', async () => {
  for (const [name, admin] of [
    ['root', true],
    ['Ada Lovelace', true],
    ['Root', false],
    ['ada lovelace', false],
    ['rооt', false], // Cyrillic
  ] as const) {
    const { caller } = (await whoIs(word(Buffer.from(name).toString('latin1'), 'engines', 'admin'))).body as {
      caller: { name: string; platformAdmin?: boolean };
    };
    expect([caller.name, caller.platformAdmin ?? false]).toEqual([name, admin]);
  }
  const [row] = await pool<{ id: string }[]>`select id from users where sso_id = 'ada'`;
  const raised = await call(
    'UserService/SetPlatformAdmin',
    { userId: row!.id, platformAdmin: true },
    word('root', 'engines', 'owner'),
  );
  expect(raised).toMatchObject({ status: 400, info: { reason: 'REASON_WRONG_STATE' } });
});

test('who is no longer named stops being a platform admin when the server starts, with the keys that they made', async () => {
  await whoIs(word('root', 'engines', 'owner'));
  const made = await call('ApiKeyService/CreateApiKey', { name: 'org', role: 1 }, word('root', 'engines', 'owner'));
  expect(made.status).toBe(200);
  const key = { 'x-api-key': String(made.body['secret']) };
  expect((await whoIs(key)).status).toBe(200);
  await controlPlane.startReplica({ MUSTER_PLATFORM_ADMINS: 'somebody else' });
  expect((await whoIs(key)).status).toBe(401);
});

test.each(['user', 'team', 'roles'])(
  'without the %s header nobody gets in, and the answer says what is missing',
  async (which) => {
    const { [`x-opensandbox-${which}`]: _, ...rest } = word('ada', 'engines', 'operator');
    for (const headers of [rest, { ...rest, [`x-opensandbox-${which}`]: ' ' }]) {
      const answer = await whoIs(headers);
      expect(answer).toMatchObject({ status: 401, info: { reason: 'REASON_PROXY_MISCONFIGURED' } });
      expect(problemOf(answer)).toMatchObject({
        kind: 'PROXY_PROBLEM_KIND_HEADERS_MISSING',
        headers: [`x-opensandbox-${which}`],
        userHeader: 'x-opensandbox-user',
      });
    }
  },
);

test('who presents nothing is not anonymous, but for what is open to everybody', async () => {
  expect(problemOf(await whoIs({}))).toMatchObject({
    kind: 'PROXY_PROBLEM_KIND_HEADERS_MISSING',
    headers: ['x-opensandbox-user', 'x-opensandbox-team', 'x-opensandbox-roles'],
  });
  expect(await whoIs({ 'x-opensandbox-proxy-secret': secret })).toMatchObject({ status: 401 });
  expect(await call('SetupService/GetSetup', {}, {})).toMatchObject({
    status: 200,
    body: { signInMode: 'SIGN_IN_MODE_TRUSTED_HEADER', signOutUrl: 'https://sso.example/sign-out' },
  });
  expect((await fetch(`${controlPlane.url}/healthz`)).status).toBe(200);
});

test('headers from anywhere else than the proxy are refused, whatever else is presented', async () => {
  const forged = word('root', 'engines', 'owner');
  const answer = await whoIs(forged, elsewhere.url);
  expect(answer.status).toBe(401);
  expect(problemOf(answer)).toMatchObject({ kind: 'PROXY_PROBLEM_KIND_NOT_FROM_PROXY', address: '127.0.0.1' });
  for (const [name, value] of Object.entries(forged))
    expect((await call('SetupService/GetSetup', {}, { [name]: value }, elsewhere.url)).status).toBe(401);
});

test.each(['', 'wrong', secret.slice(1), `${secret} `.repeat(40), secret.toUpperCase()])(
  'without the right secret the headers are refused (%#)',
  async (wrong) => {
    const headers = { ...word('root', 'engines', 'owner'), 'x-opensandbox-proxy-secret': wrong };
    for (const method of [getCaller, 'muster.v1.SetupService/GetSetup']) {
      const answer = await callPlain(controlPlane.url, method, {}, headers);
      expect(answer.status).toBe(401);
      expect(problemOf(answer)).toMatchObject({ kind: 'PROXY_PROBLEM_KIND_SECRET_WRONG' });
    }
    expect(controlPlane.log.join('\n')).not.toContain(secret);
  },
);

test.each([
  'X-OpenSandbox-User: root',
  'X-OpenSandbox-Team: other',
  'X-OpenSandbox-Roles: owner',
  `X-OpenSandbox-Proxy-Secret: ${secret}`,
])('a header that comes twice is refused: %s', async (line) => {
  expect((await raw(rawWord())).status).toBe(200);
  for (const lines of [rawWord(line), [line, ...rawWord()]]) {
    const { status, body } = await raw(lines);
    expect(status).toBe(401);
    expect(body).toContain('came more than once');
  }
});

test.each(['X_OpenSandbox_User: root', 'X-OpenSandbox_Roles: owner', 'x_opensandbox_proxy_secret: x'])(
  'a header that only looks like one is refused: %s',
  async (line) => {
    const { status, body } = await raw(rawWord(line));
    expect(status).toBe(401);
    expect(body).toContain('only looks like');
  },
);

test.each([
  ['a name that is too long', { 'x-opensandbox-user': 'a'.repeat(201) }],
  ['roles that are too long', { 'x-opensandbox-roles': 'a,'.repeat(3000) }],
  ['bytes that are no UTF-8', { 'x-opensandbox-user': '\u00ff\u00fe' }],
  ['a character that nobody sees', { 'x-opensandbox-team': Buffer.from('eng\u200bines').toString('latin1') }],
])('%s is refused', async (_what, more) => {
  const answer = await whoIs({ ...word('ada', 'engines', 'operator'), ...more });
  expect(answer.status).toBe(401);
  expect(problemOf(answer)).toMatchObject({ kind: 'PROXY_PROBLEM_KIND_HEADER_UNREADABLE', headers: Object.keys(more) });
});

test('headers that are larger than any are cut off', async () => {
  expect((await raw(rawWord(`X-Big: ${'a'.repeat(40_000)}`))).status).toBe(431);
});

test('two credentials at once are refused; the cookie of earlier times is none', async () => {
  for (const name of ['authorization', 'x-api-key', 'open-sandbox-api-key']) {
    expect(await whoIs({ ...word('ada', 'engines', 'operator'), [name]: 'Bearer mst_org_x' })).toMatchObject({
      status: 401,
      body: { message: 'The request presents more than one credential.' },
    });
  }
  expect((await whoIs({ ...word('ada', 'engines', 'operator'), cookie: '__Host-muster=mst_ses_x' })).status).toBe(200);
});

test('another site cannot make somebody’s browser ask in their name', async () => {
  const forged = await whoIs({ ...word('ada', 'engines', 'operator'), origin: 'https://evil.example' });
  expect(forged).toMatchObject({ status: 403, info: { reason: 'REASON_BAD_ORIGIN' } });
  expect((await whoIs({ ...word('ada', 'engines', 'operator'), origin: 'https://muster.example' })).status).toBe(200);
});

test('many first requests at once make one account, one team and one membership', async () => {
  const urls = [controlPlane.url, (await controlPlane.startReplica()).url];
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) => whoIs(word(`crowd${index % 3}`, 'crowd', 'operator'), urls[index % 2])),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(await pool`select count(*)::int as users from users where sso_id like 'crowd%'`).toEqual([{ users: 3 }]);
  expect(await pool`select count(*)::int as teams from teams where sso_name = 'crowd'`).toEqual([{ teams: 1 }]);
  const made = await pool`
    select action, count(*)::int as times from audit_events
    where target in (select id from users where sso_id like 'crowd%' union select id from teams where sso_name = 'crowd')
    group by action order by action`;
  expect(made).toEqual([
    { action: 'member.add', times: 3 },
    { action: 'team.create', times: 1 },
    { action: 'user.create', times: 3 },
  ]);
});

test('a request that brings nothing new writes nothing', async () => {
  await whoIs(word('calm', 'calm', 'operator'));
  const count = async () => (await pool`select count(*)::int as count from audit_events`)[0];
  const before = await count();
  for (let time = 0; time < 5; time += 1) await whoIs(word('calm', 'calm', 'operator'));
  expect(await count()).toEqual(before);
});

test('who is locked out stays out, and is told so', async () => {
  await whoIs(word('mallory', 'engines', 'operator'));
  const [row] = await pool<{ id: string }[]>`select id from users where sso_id = 'mallory'`;
  const admin = word('root', 'engines', 'owner');
  expect((await call('UserService/SetUserActive', { userId: row!.id, active: false }, admin)).status).toBe(200);
  expect(await whoIs(word('mallory', 'engines', 'owner'))).toMatchObject({
    status: 401,
    body: { message: 'Your account is locked on this installation.' },
  });
});

test('members see the sandboxes of their team, and no others; who may only look runs nothing', async () => {
  await whoIs(word('ada', 'engines', 'operator'));
  await pool`
    insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
    values ('sbx0123456789ab', ${await teamOf('engines')}, 'user:x', 'host0123456789ab', 'base', 100, 64, 64, 64, 'missing')`;
  const get = (headers: Record<string, string>) =>
    call('SandboxService/GetSandbox', { sandboxId: 'sbx0123456789ab' }, headers);
  expect((await get(word('ada', 'engines', 'operator'))).status).toBe(200);
  expect((await get(word('ada', 'compilers', 'owner'))).status).toBe(404);
  const reader = word('reader', 'engines', 'read_only');
  expect((await get(reader)).status).toBe(200);
  expect((await call('SandboxService/CreateSandbox', {}, reader)).status).toBe(403);
  expect((await call('SandboxService/DestroySandbox', { sandboxId: 'sbx0123456789ab' }, reader)).status).toBe(403);
  expect((await call('FleetService/GetFleet', {}, reader)).status).toBe(200);
});

test.each([
  ['AuthService/LogIn', { email: 'a@example.org', password: 'x' }],
  ['AuthService/SignUp', { name: 'A', email: 'a@example.org', password: 'correct horse battery' }],
  ['AuthService/RequestPasswordReset', { email: 'a@example.org' }],
  ['AuthService/ResetPassword', { token: 'x', newPassword: 'correct horse battery' }],
  [
    'SetupService/CompleteSetup',
    { setupToken: 'x', name: 'A', email: 'a@example.org', password: 'correct horse battery' },
  ],
  ['InviteService/GetInvite', { token: 'x' }],
])('%s is not part of this mode, and the answer says why', async (method, message) => {
  for (const headers of [{}, word('ada', 'engines', 'owner')] as Record<string, string>[])
    expect(await call(method, message, headers)).toMatchObject({
      status: 400,
      info: { reason: 'REASON_OFF_IN_SIGN_IN_MODE' },
    });
});

test('a stream ends when the proxy gives somebody another role', async () => {
  const headers = word('watcher', 'watched', 'owner');
  await whoIs(headers);
  const leaving = new AbortController();
  const response = await fetch(`${controlPlane.url}/muster.v1.SandboxService/WatchSandboxes`, {
    method: 'POST',
    headers: { 'content-type': 'application/connect+json', ...headers },
    body: Buffer.concat([Buffer.of(0, 0, 0, 0, 2), Buffer.from('{}')]),
    signal: leaving.signal,
  });
  const ended = response.text();
  await eventually(
    () => whoIs(word('watcher', 'watched', 'read_only')),
    ({ status }) => expect(status).toBe(200),
  );
  expect(await ended).toContain('What you may see has changed.');
  leaving.abort();
});

test('what a sign-in service says anew of somebody is told in the audit: what was before, and what is now', async () => {
  const origin = { requestId: 'x', address: '127.0.0.1', userAgent: '', loopback: false };
  const first = {
    source: 'oidc',
    id: 'renamed',
    name: 'Ada King',
    email: 'ada@example.org',
    platformAdmin: false,
  } as const;
  const say = (more: object) =>
    accountOf(controlPlane.services, { ...first, teams: ['renamed'], role: 'member', ...more }, origin);
  const { userId } = await say({});
  await say({ name: 'Ada Lovelace', email: 'lovelace@example.org' });
  await say({ name: 'Ada Lovelace', email: 'lovelace@example.org', platformAdmin: true });
  const rows = await pool`
    select before, after from audit_events join audit_contents on event_id = id
    where target = ${userId} and action = 'user.update' order by id`;
  expect(rows).toEqual([
    {
      before: { name: 'Ada King', email: 'ada@example.org' },
      after: { name: 'Ada Lovelace', email: 'lovelace@example.org' },
    },
    { before: { platformAdmin: false }, after: { platformAdmin: true } },
  ]);
});

test('the secret of the proxy, which came with every request, is in no line of the log and nowhere in the database', async () => {
  const ledger = new Ledger();
  ledger.mint('secret of the proxy', secret);
  const log = { name: 'log', text: controlPlane.log.join('\n') };
  expect(log.text).toContain('AuthService/GetCaller');
  expect(ledger.leaksIn([log, ...(await dumpDatabase(controlPlane.databaseUrl))])).toEqual([]);
});

test('what a name becomes in a label is the same always, and no two names share one', () => {
  expect(labelOf('ada')).toBe('ada');
  expect(labelOf('team-1.b_c')).toBe('team-1.b_c');
  const names = [
    'Ada',
    'ADA',
    'ada ',
    'аda',
    'ada@example.org',
    'ada-example.org',
    'ada--x',
    '-ada',
    'a'.repeat(64),
    '漢字',
    '...',
  ];
  const labels = names.map(labelOf);
  for (const label of labels) expect(label).toMatch(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/);
  expect(new Set([...labels, 'ada']).size).toBe(names.length + 1);
  expect(names.map(labelOf)).toEqual(labels);
  expect(labels.map(labelOf)).not.toContain(labels[0]);
});
