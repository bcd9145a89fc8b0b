import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { startTestControlPlane, type TestControlPlane, type TestUser } from '../testing/index.ts';
import { settingsOf } from './testing/set.ts';
import { startTestService, type TestService } from './testing/service.ts';

let service: TestService;
let plane: TestControlPlane;
let hedy: TestUser;
let settings: ReturnType<typeof settingsOf>;
beforeAll(async () => {
  service = await startTestService();
  plane = await startTestControlPlane({ env: { MUSTER_PRIVATE_RANGES: '127.0.0.1', MUSTER_OUTGOING_TIMEOUT: '1s' } });
  hedy = await plane.makeUser('Hedy', { platformAdmin: true });
  settings = settingsOf(plane.admin.clients);
});
afterAll(async () => {
  await plane?.stop();
  await service?.close();
});
afterEach(() => {
  service.behaviour = 'answer';
});

/** What a call was refused with; nothing where it was not. */
async function outcomeOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => ConnectError.from(thrown),
  );
  const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
  return { code: error?.code, message: error?.rawMessage ?? '', reason: info?.reason, field: info?.field };
}

const api = () => plane.admin.clients.settings;
const audited = async (action: string) =>
  plane.services.pool<{ target: string; before: unknown; after: unknown; outcome: string }[]>`
    select target, outcome, content.before, content.after from audit_events event
    join audit_contents content on content.event_id = event.id where action = ${action} order by event.id`;

test('a setting holds from the moment it is saved, says who saved it, and goes back to its default', async () => {
  const before = (await settings.setting('mail.from_name')).state;
  expect(before).toMatchObject({ case: 'plain', value: { value: 'Muster', isSet: false, version: 0n, updatedBy: '' } });
  const { setting } = await settings.set('mail.from_name', '  Muster of Ada\u{feff} ');
  expect(setting!.state.value).toMatchObject({ value: 'Muster of Ada', isSet: true, version: 1n, updatedBy: 'Ada' });
  await settings.set('mail.from_name', '');
  expect((await settings.setting('mail.from_name')).state.value).toMatchObject({
    value: 'Muster',
    isSet: false,
    version: 2n,
  });
  expect(await audited('setting.set')).toMatchObject([
    { target: 'mail.from_name', before: { value: 'Muster' }, after: { value: 'Muster of Ada' } },
    { target: 'mail.from_name', before: { value: 'Muster of Ada' }, after: { value: 'Muster', default: true } },
  ]);
});

test.each([
  ['mail.from_address', 'nobody', /email address/],
  ['mail.smtp_port', '70000', /from 1 to 65535/],
  ['mail.smtp_host', 'smtp.example.com:25', /without a port/],
  ['mail.transport', 'pigeons', /one of environment, resend, smtp, none/],
  ['groq.base_url', 'ftp://example.com', /begins with https/],
  ['groq.base_url', 'https://ada:secret@example.com', /without a user, a password/],
])('%s cannot be %s', async (name, value, sentence) => {
  const refused = await outcomeOf(settings.set(name, value));
  expect(refused).toMatchObject({ code: Code.InvalidArgument, reason: Reason.INVALID_FIELD });
  expect(refused.message).toMatch(sentence);
});

test('a secret is checked for what a wrong copy brings along, and one beyond the limit is refused without being repeated', async () => {
  for (const value of ['two words', 'line\nbreak', '\u{2003}\n', 'x'.repeat(8193)]) {
    const refused = await outcomeOf(settings.setSecret('groq.api_key', value));
    expect(refused).toMatchObject({ code: Code.InvalidArgument, reason: Reason.INVALID_FIELD, field: 'value' });
    expect(JSON.stringify(refused)).not.toContain(value.slice(0, 200));
  }
  expect((await settings.secret('groq.api_key')).version).toBe(0n);
  expect(
    await outcomeOf(
      settings.setSecret('groq.nothing', 'x').catch(() => api().setSecret({ name: 'groq.nothing', value: 'x' })),
    ),
  ).toMatchObject({ code: Code.NotFound });
  expect(await outcomeOf(api().setSetting({ name: 'groq.api_key', value: 'x' }))).toMatchObject({
    code: Code.NotFound,
  });
});

test('of two admins who save what they both looked at one wins, and the other one reads who did', async () => {
  await settings.setSecret('kimi.api_key', 'sk-first');
  const save = (user: TestUser) =>
    user.clients.settings.setSecret({ name: 'kimi.api_key', value: `sk-of-${user.name}`, version: 1n });
  const outcomes = await Promise.all([outcomeOf(save(plane.admin)), outcomeOf(save(hedy))]);
  const lost = outcomes.find(({ code }) => code !== undefined);
  expect(lost).toMatchObject({ code: Code.Aborted, reason: Reason.CONFLICT });
  expect(lost!.message).toMatch(/^(Ada|Hedy) changed this in the meantime: it is at version 2 now/);
  expect(await settings.secret('kimi.api_key')).toMatchObject({ version: 2n, isSet: true });
  const stale = outcomeOf(api().setSetting({ name: 'kimi.base_url', value: 'https://kimi.example.com', version: 7n }));
  expect(await stale).toMatchObject({ code: Code.Aborted, reason: Reason.CONFLICT });
});

test('a key is for the address that it was entered for: whoever changes that address enters it anew', async () => {
  await settings.setSecret('sambanova.api_key', 'of-the-true-address');
  expect((await settings.set('sambanova.base_url', 'https://api.sambanova.ai/v1')).clearedSecrets).toEqual([]);
  const { clearedSecrets } = await settings.set('sambanova.base_url', `${service.url}/sambanova/`);
  expect(clearedSecrets).toEqual(['sambanova.api_key']);
  expect(await settings.secret('sambanova.api_key')).toMatchObject({ isSet: false, version: 2n });
  expect(await settings.test('sambanova')).toMatchObject({
    ok: false,
    sentence: expect.stringMatching(/enter one first/),
  });
  expect(service.requests).toEqual([]);
});

test.each(['openrouter', 'kimi', 'groq', 'sambanova'])(
  'a key of %s is tried, and each way in which it fails has its sentence',
  async (name) => {
    await settings.set(`${name}.base_url`, `${service.url}/${name}`);
    service.key = `sk-${name}-9f3cQ7`;
    await settings.setSecret(`${name}.api_key`, ` ${service.key}\n`);
    expect(await settings.test(name)).toMatchObject({ ok: true, sentence: expect.stringMatching(/takes the key/) });
    expect(service.requests.at(-1)!.path).toMatch(new RegExp(`^/${name}/(key|models|chat/completions)$`));
    expect(await settings.secret(`${name}.api_key`)).toMatchObject({ lastError: '', lastUsedAt: expect.anything() });
    expect(await settings.group(name)).toMatchObject({ ready: true });

    const failures = [
      [401, /does not take the key: make another one/],
      [402, /no credit left/],
      [429, /no more requests with this key for now/],
      [500, /trouble of its own \(500\)/],
      ['garbage', /is not the API of/],
      ['never', /did not answer in time/],
    ] as const;
    for (const [behaviour, sentence] of failures) {
      service.behaviour = behaviour;
      const tried = await settings.test(name);
      expect(tried).toMatchObject({ ok: false, sentence: expect.stringMatching(sentence) });
      expect(await settings.secret(`${name}.api_key`)).toMatchObject({ lastError: tried.sentence, isSet: true });
      expect(await settings.group(name)).toMatchObject({ ready: false, sentence: tried.sentence });
    }
    service.behaviour = 'answer';
    await settings.clear(`${name}.api_key`);
    expect(await settings.secret(`${name}.api_key`)).toMatchObject({ isSet: false, lastError: '', fingerprint: '' });
  },
);

test('what was tried, saved and cleared is in the audit, and no value in it or in the log', async () => {
  expect((await audited('setting.test')).map(({ outcome }) => outcome)).toContain('failed');
  expect((await audited('setting.clear_secret')).length).toBeGreaterThan(0);
  const rows = JSON.stringify([...(await audited('setting.set_secret')), ...(await audited('setting.test'))]);
  expect(rows).toContain('fingerprint');
  for (const text of [rows, plane.log.join('\n')]) expect(text).not.toMatch(/9f3cQ7|of-the-true-address|sk-first/);
});
