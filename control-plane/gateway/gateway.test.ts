import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { settingsOf } from '../settings/testing/set.ts';
import { settleLost } from './budget-store.ts';
import { ask as askAt, begin as beginAt } from './testing/ask.ts';
import { startTestProvider, streamOf, type TestProvider } from './testing/provider.ts';

const key = 'gsk_the_key_of_the_installation';
const prompt = 'the prompt that nobody else may read';
let provider: TestProvider;
let plane: TestControlPlane;
let secret: string;
let tokenId: string;
beforeAll(async () => {
  provider = await startTestProvider();
  plane = await startTestControlPlane({ env: { MUSTER_PRIVATE_RANGES: '127.0.0.1', MUSTER_GATEWAY_SILENCE: '2s' } });
  const settings = settingsOf(plane.admin.clients);
  await settings.set('groq.base_url', provider.url);
  await settings.setSecret('groq.api_key', key);
  await settings.set('groq.gateway', 'on');
  const minted = await plane.other.clients.gateway.createGatewayToken({ name: 'sandbox' });
  ({ secret } = minted);
  tokenId = minted.token!.id;
});
afterAll(async () => {
  await plane?.stop();
  await provider?.close();
});
afterEach(async () => {
  provider.behaviour = 'answer';
  provider.requests.length = 0;
  provider.usage = { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 };
  await everythingSettled();
  await plane.services.pool`truncate gateway_budgets, gateway_usage`;
  await plane.admin.clients.gateway.setGatewayCaps({ userId: plane.other.id });
});

const ask = (body: unknown, path?: string) => askAt(plane.url, secret, body, path);
const chat = { model: 'groq/llama-small', max_tokens: 50, messages: [{ role: 'user', content: prompt }] };
const usage = async () =>
  (await plane.other.clients.gateway.getGatewayUsage({ teamId: plane.other.teamId })).uses.map(
    ({ requests, promptTokens, completionTokens, estimatedRequests }) =>
      [requests, promptTokens, completionTokens, estimatedRequests].map(Number),
  );
const setCaps = (tokensPerDay: bigint, tokensPerMonth = 10n * tokensPerDay) =>
  plane.admin.clients.gateway.setGatewayCaps({ userId: plane.other.id, caps: { tokensPerDay, tokensPerMonth } });
const budget = async () => {
  const { budgets } = await plane.admin.clients.gateway.getGatewayUsage({});
  return budgets.find(({ userId }) => userId === plane.other.id)!;
};
const everythingSettled = () =>
  eventually(
    () => plane.services.pool`select from gateway_reservations`,
    (left) => expect(left).toHaveLength(0),
  );

test('an answer comes through byte by byte, under the key of the installation, and counts as the provider says', async () => {
  const answer = await ask({ ...chat, seed: 7 });
  expect(answer.status).toBe(200);
  expect(answer.bytes.toString()).toBe(
    '{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Good mörning, Ada."}}],' +
      '"usage":{"prompt_tokens":12,"completion_tokens":8,"total_tokens":20}}',
  );
  const [{ headers, body, path } = provider.requests[0]!] = provider.requests;
  expect(path).toBe('/chat/completions');
  expect(headers.authorization).toBe(`Bearer ${key}`);
  expect(body).toEqual({ ...chat, model: 'llama-small', seed: 7 });
  await everythingSettled();
  expect(await usage()).toEqual([[1, 12, 8, 0]]);
  expect(await budget()).toMatchObject({ usedToday: 20n, usedThisMonth: 20n, reserved: 0n, isDefault: true });
});

test('a model without a provider in its name is the default one’s; one of a provider that is not open is nobody’s', async () => {
  expect((await ask({ ...chat, model: 'meta/llama' })).status).toBe(200);
  expect(provider.requests[0]!.body['model']).toBe('meta/llama');
  const closed = await ask({ ...chat, model: 'kimi/k2' });
  expect(closed).toMatchObject({ status: 404, error: { code: 'model_not_found' } });
});

test('a stream comes through unchanged: with its figures for who asked for them, without for who did not', async () => {
  const events = streamOf(provider.usage);
  const asked = await ask({ ...chat, stream: true, stream_options: { include_usage: true } });
  expect(asked.headers['content-type']).toMatch(/^text\/event-stream/);
  expect(asked.bytes.toString()).toBe(events.join(''));
  const unasked = await ask({ ...chat, stream: true });
  expect(unasked.bytes.toString()).toBe(events.filter((one) => !one.includes('prompt_tokens')).join(''));
  expect(provider.requests[1]!.body).toMatchObject({ stream_options: { include_usage: true } });
  await everythingSettled();
  expect(await usage()).toEqual([[2, 24, 16, 0]]);
});

test('when the client goes, the call at the provider ends, and what came by then is counted', async () => {
  provider.behaviour = ({ response }) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(streamOf({})[1]);
  };
  const answer = await beginAt(plane.url, secret, { ...chat, stream: true });
  await once(answer, 'data');
  answer.destroy();
  await provider.requests[0]!.over;
  await everythingSettled();
  const [[requests, , completion, estimated] = []] = await usage();
  expect([requests, estimated]).toEqual([1, 1]);
  expect(completion).toBeGreaterThan(0);
});

test('the provider waits for a client that does not read', async () => {
  let isHeldUp = false;
  const piece = `data: ${JSON.stringify({ choices: [{ delta: { content: '' } }], pad: 'x'.repeat(500_000) })}\n\n`;
  provider.behaviour = async ({ response }) => {
    response.setHeader('content-type', 'text/event-stream');
    // More than all buffers on the way hold.
    for (let count = 0; count < 200 && !response.destroyed; count += 1) {
      if (response.write(piece)) continue;
      const drained = await Promise.race([once(response, 'drain').then(() => true), later(1_000).then(() => false)]);
      if (!drained) isHeldUp = true;
      if (!drained) return response.end();
    }
    return response.end();
  };
  const answer = await beginAt(plane.url, secret, { ...chat, stream: true });
  await eventually(
    () => isHeldUp,
    (held) => expect(held).toBe(true),
  );
  answer.destroy();
});

test.each([
  [401, 502, 'provider_refused'],
  [402, 502, 'provider_refused'],
  [429, 429, 'provider_busy'],
  [500, 502, 'provider_failed'],
  [400, 400, 'provider_rejected'],
  [302, 502, 'provider_garbage'],
  ['garbage', 502, 'provider_garbage'],
  ['never', 504, 'provider_timeout'],
] as const)(
  'a provider that answers %s is told as %i %s, costs nothing, and its key is nowhere',
  async (behaviour, status, code) => {
    provider.behaviour = behaviour;
    const answer = await ask(chat);
    expect(answer).toMatchObject({ status, error: { code } });
    expect(answer.headers['retry-after']).toBe(status === 429 ? '7' : undefined);
    expect(answer.bytes.toString()).not.toContain(key);
    await everythingSettled();
    expect(await usage()).toEqual([]);
    expect((await budget()).usedToday).toBe(0n);
  },
);

test('a stream that breaks off, falls silent or turns to garbage ends with an event that says so', async () => {
  const [, first = ''] = streamOf({});
  const ends = [
    [({ response }: { response: { destroy(): unknown } }) => response.destroy(), /broke off/],
    [() => undefined, /silent for too long/],
    [
      ({ response }: { response: { write(text: string): unknown } }) => response.write('x'.repeat(5_000_000)),
      /not what its API/,
    ],
  ] as const;
  for (const [end, sentence] of ends) {
    provider.behaviour = (request) => {
      request.response.setHeader('content-type', 'text/event-stream');
      request.response.write(first, () => end(request));
    };
    const { bytes } = await ask({ ...chat, stream: true });
    const [passed, told] = [bytes.toString().slice(0, first.length), bytes.toString().slice(first.length)];
    expect(passed).toBe(first);
    expect(told).toMatch(/^data: \{"error":\{"message":/);
    expect(told).toMatch(sentence);
  }
});

test('ten requests at once never come to more than the cap, on two replicas together', async () => {
  const replica = await plane.startReplica({ MUSTER_PRIVATE_RANGES: '127.0.0.1' });
  // Each holds back its 50 and what its text comes to: there is room for three.
  await setCaps(200n);
  const waiting: (() => void)[] = [];
  provider.usage = { prompt_tokens: 10, completion_tokens: 50 };
  provider.behaviour = ({ response }) =>
    void waiting.push(() =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ choices: [], usage: provider.usage })),
    );
  const asked = Array.from({ length: 10 }, (_, turn) => askAt(turn % 2 ? plane.url : replica.url, secret, chat));
  let refused = 0;
  for (const one of asked) void one.then(({ status }) => (refused += status === 429 ? 1 : 0));
  await eventually(
    () => refused + waiting.length,
    (decided) => expect(decided).toBe(10),
  );
  const admitted = waiting.length;
  expect(admitted).toBe(3);
  for (const answer of waiting) answer();
  const answers = await Promise.all(asked);
  const over = answers.find(({ status }) => status === 429)!;
  expect(over.error).toMatchObject({ code: 'insufficient_quota' });
  expect(Date.parse(over.error!.resets_at!)).toBeGreaterThan(Date.now());
  expect(Number(over.headers['retry-after'])).toBeGreaterThan(0);
  await everythingSettled();
  expect(await budget()).toMatchObject({ usedToday: 180n, reserved: 0n, isDefault: false });
});

test('a stream that goes on beyond what was held back is broken off where the cap is reached', async () => {
  await setCaps(300n);
  provider.behaviour = ({ response }) => {
    response.setHeader('content-type', 'text/event-stream');
    for (let count = 0; count < 1_000; count += 1) response.write(streamOf({})[1]);
  };
  const { bytes } = await ask({ ...chat, stream: true });
  expect(bytes.toString()).toMatch(/insufficient_quota[^\n]*\n\n$/);
  await provider.requests[0]!.over;
  await everythingSettled();
  const { usedToday } = await budget();
  expect(Number(usedToday)).toBeGreaterThan(60);
  expect(Number(usedToday)).toBeLessThan(310);
});

test('ten streams at once that reach the cap in their middle are broken off with words, and never come to more than it', async () => {
  // A machine that is loaded lets streams wait.
  const patient = { MUSTER_PRIVATE_RANGES: '127.0.0.1', MUSTER_GATEWAY_SILENCE: '60s' };
  const replicas = await Promise.all([plane.startReplica(patient), plane.startReplica(patient)]);
  await setCaps(6_000n);
  // Each wants four thousand: there is room for the beginnings of all, and for all of one.
  provider.behaviour = ({ response }) => {
    response.setHeader('content-type', 'text/event-stream');
    for (let count = 0; count < 1_000; count += 1) response.write(streamOf({})[1]);
    response.end('data: [DONE]\n\n');
  };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, turn) => askAt(replicas[turn % 2]!.url, secret, { ...chat, stream: true })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  const texts = answers.map(({ bytes }) => bytes.toString());
  const whole = texts.filter((text) => text.endsWith('data: [DONE]\n\n'));
  const broken = texts.filter((text) => /insufficient_quota[^\n]*\n\n$/.test(text));
  expect(whole.length).toBeLessThanOrEqual(1);
  expect(whole.length + broken.length).toBe(10);
  await everythingSettled();
  const { usedToday, reserved } = await budget();
  expect(reserved).toBe(0n);
  expect(Number(usedToday)).toBeGreaterThan(600);
  expect(Number(usedToday)).toBeLessThanOrEqual(6_000);
});

test('caps begin anew each day and month, and what a dead replica held back counts as used', async () => {
  await setCaps(200n, 250n);
  const { pool } = plane.services;
  await pool`
    insert into gateway_budgets (user_id, day, used_today, month, used_this_month, reserved)
    values (${plane.other.id}, current_date - 40, 200, current_date - 70, 250, 30)`;
  await pool`insert into gateway_reservations values ('lost', ${plane.other.id}, 30, now() - interval '1 second')`;
  expect((await ask(chat)).status).toBe(200);
  await settleLost(pool);
  await everythingSettled();
  expect(await budget()).toMatchObject({ usedToday: 50n, usedThisMonth: 50n, reserved: 0n });
});

test('whatever is not a token that works gets the same answer, and rotating and revoking hold from the next request on', async () => {
  const { gateway } = plane.other.clients;
  const rotated = await gateway.rotateGatewayToken({ gatewayTokenId: tokenId, overlap: { seconds: 60n } });
  expect((await askAt(plane.url, rotated.secret, chat)).status).toBe(200);
  expect((await ask(chat)).status).toBe(200);
  const again = await gateway.rotateGatewayToken({ gatewayTokenId: tokenId });
  const wrong = `${again.secret.slice(0, -1)}${again.secret.endsWith('x') ? 'y' : 'x'}`;
  const answers = await Promise.all(
    [secret, rotated.secret, wrong, plane.other.token, ''].map((one) => askAt(plane.url, one, chat, '/v1/nothing')),
  );
  expect(new Set(answers.map(({ status, bytes }) => `${status} ${bytes.toString()}`)).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, error: { code: 'invalid_api_key' } });
  await gateway.revokeGatewayToken({ gatewayTokenId: tokenId });
  expect((await askAt(plane.url, again.secret, chat)).status).toBe(401);
  const { tokens } = await gateway.listGatewayTokens({ teamId: plane.other.teamId, includeEnded: true });
  expect(JSON.stringify(tokens, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
    again.secret,
  );
  const fresh = await gateway.createGatewayToken({ name: 'sandbox', requestId: 'once' });
  expect((await gateway.createGatewayToken({ name: 'sandbox', requestId: 'once' })).secret).toBe('');
  secret = fresh.secret;
});

test.each([
  ['no JSON', Buffer.from('{'), 400],
  ['a list', [], 400],
  ['no model', { messages: [] }, 400],
  ['a model that is none', { ...chat, model: 'a\nb' }, 400],
  ['a limit that is none', { ...chat, max_tokens: -1 }, 400],
  ['deep nesting', Buffer.from(`{"model":"groq/x","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400],
  ['too much', Buffer.alloc(17 * 1024 * 1024, 'x'), 413],
])('%s is answered, and nothing breaks', async (_, body, status) => {
  const answer = await ask(body).catch(() => ({ status: 413 }));
  expect(answer.status).toBe(status);
});

test('models are listed by the names that the gateway takes', async () => {
  const { bytes } = await ask(undefined, '/v1/models');
  expect(JSON.parse(bytes.toString())).toEqual({
    object: 'list',
    data: [{ id: 'groq/llama-small', object: 'model', context_window: 8192 }],
  });
});

test('no prompt, answer, key or secret is in the log, the audit or the tables', async () => {
  await ask(chat);
  await everythingSettled();
  const rows = await plane.services.pool`
    select row_to_json(event)::text || coalesce(row_to_json(content)::text, '') as text
    from audit_events event left join audit_contents content on content.event_id = event.id`;
  const tables = await plane.services.pool`
    select row_to_json(one)::text as text from gateway_usage one union all select row_to_json(one)::text from gateway_tokens one`;
  const everything = [
    ...plane.log,
    ...rows.map(({ text }) => String(text)),
    ...tables.map(({ text }) => String(text)),
  ].join('\n');
  expect(everything).toContain('gateway_token.create');
  expect(everything).toContain('gateway_caps.set');
  for (const word of [prompt, 'mörning', key, secret]) expect(everything).not.toContain(word);
});

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
