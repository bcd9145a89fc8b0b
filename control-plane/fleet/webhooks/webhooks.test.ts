import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ForgeKind, HeadSource, RepositoryCredentialKind } from '#proto/muster/v1/fleet_pb.js';
import { expectEventually, failureOf } from '../../testing/index.ts';
import { ask, gateLine, reasonOf } from '../testing/assert.ts';
import { startFleetBench, stateLine, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository, git } from '../testing/git-repository.ts';
import { startGitServer, type GitServer } from '../testing/git-server.ts';

let bench: FleetBench;
let forge: GitServer;
let made = 0;
const fleet = () => bench.plane.admin.clients.fleet;
const find = async (id: string) => (await fleet().listRepositories({})).repositories.find((one) => one.id === id)!;
const headOf = async (id: string) => (await find(id)).head?.sha;

beforeAll(async () => {
  // Polls are rare: what is fetched in time is fetched for another reason.
  bench = await startFleetBench({ MUSTER_REPOSITORY_POLL: '10m', MUSTER_LOCAL_REPOSITORY_POLL: '200ms' });
  forge = await startGitServer(bench.root);
  process.env['GIT_SSL_CAINFO'] = join(bench.root, 'certificate.pem');
});
afterAll(async () => {
  delete process.env['GIT_SSL_CAINFO'];
  await forge?.stop();
  await bench?.stop();
});

/** A repository of the forge, registered and fetched, with its webhook. */
async function serve(...options: string[]) {
  const name = `app-${(made += 1)}`;
  const work = createRepository(join(bench.root, name), ...options);
  const first = commit(work, 'Begin');
  const { repository } = await fleet().registerRepository({ name, url: `${forge.url}/${name}/.git` });
  const { id } = repository!;
  await expectEventually(() => headOf(id), first);
  const change = { repositoryId: id, webhook: { case: 'createWebhook', value: true } } as const;
  const { webhookSecret: secret, repository: changed } = await fleet().updateRepository(change);
  const path = new URL(changed!.webhook!.url).pathname;
  return { name, id, work, first, secret, path };
}

const push = JSON.stringify({ ref: 'refs/heads/main', after: 'f'.repeat(40) });
const sign = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');
const deliver = (path: string, headers: Record<string, string>, body: string | ReadableStream = push) =>
  fetch(bench.plane.url + path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
const github = (secret: string, id: string = randomUUID(), event = 'push') => ({
  'x-github-event': event,
  'x-github-delivery': id,
  'x-hub-signature-256': `sha256=${sign(secret, push)}`,
});

test.each([
  ['GitHub', (secret: string) => github(secret)],
  [
    'Gitea',
    (secret: string) => ({
      'x-gitea-event': 'push',
      'x-gitea-delivery': randomUUID(),
      'x-gitea-signature': sign(secret, push),
    }),
  ],
  [
    'Forgejo',
    (secret: string) => ({
      'x-forgejo-event': 'push',
      'x-forgejo-delivery': randomUUID(),
      'x-forgejo-signature': sign(secret, push),
    }),
  ],
])('a push that %s tells of is fetched at once; what it names is not believed', async (name, headers) => {
  const { id, work, secret, path, name: repository } = await serve();
  expect(await find(id)).toMatchObject({ forgeKind: ForgeKind.UNSPECIFIED, head: { url: '' } });
  const newestSource = async () => {
    const next = commit(work, 'Go on');
    expect((await deliver(path, headers(secret))).status).toBe(202);
    await expectEventually(() => headOf(id), next);
    return (await fleet().listHeads({ repositoryId: id })).heads[0]?.source;
  };
  // The look that follows a new head by itself may still be due, and see the first of these.
  await expectEventually(newestSource, HeadSource.WEBHOOK);
  const { webhook } = await find(id);
  expect([webhook?.lastEvent, webhook?.lastRefusedAt]).toEqual(['push', undefined]);
  // Whose headers the first signed delivery had is how its pages are addressed, until somebody says something else.
  const { forgeKind, head } = await find(id);
  expect(ForgeKind[forgeKind]).toBe(name.toUpperCase());
  expect(head?.url).toBe(`${forge.url}/${repository}/commit/${head?.sha}`);
  await fleet().updateRepository({ repositoryId: id, forgeKind: ForgeKind.GITLAB });
  expect((await find(id)).head?.url).toBe(`${forge.url}/${repository}/-/commit/${head?.sha}`);
  await fleet().updateRepository({ repositoryId: id, forgeKind: ForgeKind.UNSPECIFIED });
  expect(ForgeKind[(await find(id)).forgeKind]).toBe(name.toUpperCase());
});

test('a wrong signature, none, and that of another body are refused, and that is seen', async () => {
  const { id, path, secret } = await serve();
  for (const headers of [github('wrong'), { 'x-github-event': 'push' }, github(secret)])
    expect((await deliver(path, headers, `${push} `)).status).toBe(403);
  const { webhook } = await find(id);
  expect([webhook?.lastDeliveryAt, webhook?.lastRefusedAt !== undefined]).toEqual([undefined, true]);
});

test('a replay is known and leads to nothing', async () => {
  const { path, secret } = await serve();
  const headers = github(secret, 'the-same');
  expect((await deliver(path, headers)).status).toBe(202);
  const again = await deliver(path, headers);
  expect([again.status, await again.text()]).toEqual([200, 'This delivery was taken before.\n']);
});

test('10 MB are refused before they are read, also where nobody says how many come', async () => {
  const { path, secret } = await serve();
  // A push of tens of thousands of commits, and signed as it should be: only its size is wrong.
  const commits = Array.from({ length: 60_000 }, (_, at) => ({
    id: String(at).padStart(40, '0'),
    message: 'x'.repeat(120),
  }));
  const large = JSON.stringify({ ref: 'refs/heads/main', commits });
  expect(large.length).toBeGreaterThan(10 * 1024 * 1024);
  const headers = { ...github(secret), 'x-hub-signature-256': `sha256=${sign(secret, large)}` };
  const status = async (body: string | ReadableStream) =>
    deliver(path, headers, body).then(
      (answer) => answer.status,
      () => 'cut',
    );
  expect([413, 'cut']).toContain(await status(large));
  expect([413, 'cut']).toContain(await status(new Blob([large]).stream()));
});

test('a webhook ends with its secret, and nobody learns what there is', async () => {
  const { id, path, secret } = await serve();
  const change = (webhook: 'createWebhook' | 'removeWebhook') =>
    fleet().updateRepository({ repositoryId: id, webhook: { case: webhook, value: true } });
  const { webhookSecret } = await change('createWebhook');
  expect((await deliver(path, github(secret))).status).toBe(403);
  expect((await deliver(path, github(webhookSecret))).status).toBe(202);
  await change('removeWebhook');
  expect((await deliver(path, github(webhookSecret))).status).toBe(404);
  expect((await fetch(bench.plane.url + path)).status).toBe(405);
  const kept = await whatIsKeptOf(id);
  expect(kept).toContain('repository.update');
  expect(kept).not.toContain(webhookSecret);
});

/** Everything that the database has of a repository, with its audit; what is sealed as the text that its bytes would be. */
async function whatIsKeptOf(id: string): Promise<string> {
  const rows = await bench.plane.services.pool<{ text: string }[]>`
    select row_to_json(repository)::text || encode(credential, 'escape') || coalesce(encode(webhook_secret, 'escape'), '') as text
    from repositories repository where id = ${id} and credential is not null
    union all select event::text || coalesce(content::text, '')
    from audit_events event left join audit_contents content on content.event_id = event.id where event.target = ${id}
  `;
  return rows.map(({ text }) => text).join('\n');
}

test('a private repository is fetched with its token, which goes nowhere else and is never shown', async () => {
  const { id, work, name } = await serve();
  forge.authorization = `Basic ${Buffer.from('bot:s3cret').toString('base64')}`;
  try {
    const token = { case: 'token', value: { username: 'bot', token: 's3cret' } } as const;
    const second = commit(work, 'Private');
    const { repository } = await fleet().updateRepository({ repositoryId: id, credential: token });
    expect(repository?.credentialKind).toBe(RepositoryCredentialKind.TOKEN);
    await expectEventually(() => headOf(id), second);
    const kept = await whatIsKeptOf(id);
    expect(kept).toContain('https://');
    expect(kept).not.toMatch(/s3cret|Ym90OnMzY3JldA/);
    await fleet().updateRepository({ repositoryId: id, credential: { case: 'token', value: { token: 'wrong' } } });
    await expectEventually(async () => (await find(id)).fetchError !== '', true);
    commit(work, 'Still private');
    const asked = forge.requests.length;
    await fleet().updateRepository({ repositoryId: id });
    await expectEventually(() => forge.requests.length > asked, true);
    expect(await headOf(id)).toBe(second);
    // Another host: the credential stays behind.
    await fleet().updateRepository({ repositoryId: id, url: `https://127.0.0.1:1/${name}` });
    expect((await find(id)).credentialKind).toBe(RepositoryCredentialKind.UNSPECIFIED);
  } finally {
    forge.authorization = undefined;
  }
});

test('a key is for ssh and a token for https', async () => {
  const { id } = await serve();
  const sshKey = { case: 'sshKey', value: { privateKey: 'x', knownHosts: 'x' } } as const;
  const failure = await failureOf(fleet().updateRepository({ repositoryId: id, credential: sshKey }));
  expect(String(failure)).toMatch(/begins with ssh:/);
});

test('main is rewritten under a host that was green; the old commit is still told apart from strangers', async () => {
  const { id, name, work, first, path, secret } = await serve();
  const lost = commit(work, 'Lost');
  await deliver(path, github(secret));
  await expectEventually(() => headOf(id), lost);
  const host = await bench.addHost('rewritten-under');
  const line = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  await bench.report(host, { component: 'app', repository: name, runningSha: lost });
  expect(await line()).toBe('rewritten-under: app CURRENT');
  git(work, ['reset', '-q', '--hard', first]);
  const found = commit(work, 'Found');
  await deliver(path, github(secret));
  await expectEventually(() => headOf(id), found);
  expect(await line()).toBe('rewritten-under: app DIVERGED');
  expect((await fleet().listHeads({ repositoryId: id })).heads.map(({ forced }) => forced)).toEqual([
    true,
    false,
    false,
  ]);
});

test('a commit of a fork, and one that the mirror does not have yet, are unknown; the latter not for long', async () => {
  const { name, work, path, secret } = await serve();
  const host = await bench.addHost('strange');
  const line = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  const fork = join(bench.root, `${name}-fork`);
  git('/', ['clone', '-q', work, fork]);
  await bench.report(host, { component: 'app', repository: name, runningSha: commit(fork, 'Only here') });
  expect(await line()).toBe('strange: app UNKNOWN_SHA');
  const ahead = commit(work, 'Deployed before the mirror knew');
  await bench.report(host, { component: 'app', repository: name, runningSha: ahead });
  expect(await line()).not.toBe('strange: app CURRENT');
  await deliver(path, github(secret));
  await expectEventually(line, 'strange: app CURRENT');
});

test('a repository of SHA-256, with merges, and a shallow clone are followed over HTTPS', async () => {
  const { id, work, path, secret } = await serve('--object-format=sha256');
  git(work, ['checkout', '-q', '-b', 'side']);
  commit(work, 'Side');
  git(work, ['checkout', '-q', 'main']);
  commit(work, 'Main');
  git(work, ['merge', '-q', '--no-ff', '-m', 'Merge', 'side']);
  const merged = git(work, ['rev-parse', 'HEAD']);
  await deliver(path, github(secret));
  await expectEventually(() => headOf(id), merged);
  const shallow = join(bench.root, `shallow-${made}`);
  git('/', ['clone', '-q', '--bare', '--depth=1', `file://${work}`, shallow]);
  const name = `shallow-${made}`;
  const { repository } = await fleet().registerRepository({ name, url: `${forge.url}/${name}` });
  await expectEventually(() => headOf(repository!.id), merged);
});

test('a forge that cannot be reached for long makes nothing green, and says so', async () => {
  const { id, name, first } = await serve();
  const host = await bench.addHost('in-the-dark');
  await bench.report(host, { component: 'app', repository: name, runningSha: first });
  const state = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  expect(await state()).toBe('in-the-dark: app CURRENT');
  forge.up = false;
  await fleet().updateRepository({ repositoryId: id });
  await expectEventually(async () => (await find(id)).fetchError !== '', true);
  // With polls every 10 minutes, a head is good for three of them.
  await bench.plane.services.pool`update repositories set fetched_at = now() - interval '31 minutes' where id = ${id}`;
  await expectEventually(state, 'in-the-dark: app HEAD_UNKNOWN');
  expect((await find(id)).headKnown).toBe(false);
  forge.up = true;
  await fleet().updateRepository({ repositoryId: id });
  await expectEventually(state, 'in-the-dark: app CURRENT');
});

test('CI publishes heads where nothing can be cloned; jobs that end out of order do not turn the branch back', async () => {
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
  const { repository } = await fleet().registerRepository({
    name: 'published',
    url: 'https://git.invalid/app.git',
    published: true,
  });
  const publish = (sha: string, expectedSha = '') => fleet().publishHead({ repository: 'published', sha, expectedSha });
  await publish(one);
  await publish(two, one);
  await publish(two, one);
  expect(String(await failureOf(publish(three, one)))).toMatch(/another job was faster/);
  const host = await bench.addHost('unclonable');
  const state = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  for (const [sha, expected] of [
    [two, 'CURRENT'],
    [one, 'BEHIND'],
    [three, 'UNKNOWN_SHA'],
  ] as const) {
    await bench.report(host, { component: 'app', repository: 'published', runningSha: sha });
    expect(await state()).toBe(`unclonable: app ${expected}`);
  }
  await publish(one);
  const { heads } = await fleet().listHeads({ repositoryId: repository!.id });
  expect(heads.map(({ commit: head, forced, source }) => [head?.sha, forced, source])).toEqual([
    [one, true, HeadSource.PUBLISHED],
    [two, false, HeadSource.PUBLISHED],
    [one, false, HeadSource.PUBLISHED],
  ]);
});

test('what CI has published is asked for at the gate, pinned, and rolled out, and nothing else is', async () => {
  const [one, two, three] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
  await fleet().registerRepository({ name: 'told', url: 'https://git.invalid/told.git', published: true });
  for (const sha of [one, two]) await fleet().publishHead({ repository: 'told', sha });
  const host = await bench.addHost('told-of');
  const runs = (runningSha: string) => bench.report(host, { component: 'app', repository: 'told', runningSha });
  const gate = async (sha?: string) => {
    const result = await ask(fleet(), { repository: 'told', ...(sha && { wanted: { case: 'sha', value: sha } }) })
      .result;
    return `${gateLine(result)}: ${reasonOf(result.hosts, 'told-of')} ${result.sentence}`;
  };
  await runs(two);
  expect(await gate()).toMatch(/^PASS: told-of MET/);
  expect(await gate(two)).toMatch(/^PASS: told-of MET/);
  expect(await gate(one)).toMatch(/^FAIL: told-of NOT_MET: app: It has 1 commit that aaaaaaa does not have/);
  expect(await gate(three)).toMatch(
    /^FAIL: told-of NOT_MET: .*CI has never told the commit c{40} as a head of “told”\.$/,
  );
  await runs(one);
  expect(await gate()).toMatch(/^FAIL: told-of NOT_MET: app: It lacks 1 commit of main/);
  expect(await gate(one)).toMatch(/^PASS: told-of MET/);
  const line = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  const pin = (sha: string) => fleet().pinComponent({ hostId: host, component: 'app', sha, reason: 'Here it stays.' });
  await pin(one);
  expect(await line()).toBe('told-of: app PINNED');
  expect(String(await failureOf(pin(three)))).toMatch(/publish it first/);
  await fleet().unpinComponent({ hostId: host, component: 'app' });
  // A branch that goes back was rewritten: what it had is on no common line any more.
  await fleet().publishHead({ repository: 'told', sha: one });
  await runs(two);
  expect(await line()).toBe('told-of: app DIVERGED');
  const rollout = (targetSha: string) =>
    bench.plane.admin.clients.rollouts.createRollout({
      repository: 'told',
      components: ['app'],
      targetSha,
      selection: { all: true },
      dryRun: true,
    });
  expect((await rollout(two)).rollout?.updates.map(({ hostName }) => hostName)).toEqual(['told-of']);
  expect(String(await failureOf(rollout(three)))).toMatch(/Let CI publish it first/);
});
