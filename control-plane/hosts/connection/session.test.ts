import { once } from 'node:events';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../testing/index.ts';
import { openSession, type AgentSession, type SessionTimes } from './session.ts';

const ending: (() => void)[] = [];
afterEach(() => ending.splice(0).forEach((end) => end()));

/** A session, what is at its other end, and a way between them that may fall silent. */
async function openBetween(times: SessionTimes): Promise<{
  readonly session: AgentSession;
  readonly agent: ServerHttp2Session;
  /** How often the agent was asked. */
  readonly asked: () => number;
  readonly fallSilent: () => void;
}> {
  const http2 = createHttp2Server().on('stream', (stream) => stream.on('error', () => {}).respond({ ':status': 200 }));
  const server = createServer((socket) => http2.emit('connection', socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const way: Socket[] = [];
  const relay = createServer((near) => {
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1'); // it listens on a port
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    way.push(near, far);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const opened = once(http2, 'session') as Promise<[ServerHttp2Session]>; // what this event carries
  const session = openSession(connect((relay.address() as AddressInfo).port, '127.0.0.1'), times); // as above
  const [agent] = await opened;
  let count = 0;
  agent.on('ping', () => (count += 1)).on('error', () => {});
  ending.push(
    () => session.close(),
    () => way.forEach((socket) => socket.destroy()),
    () => void relay.close(),
    () => void server.close(),
  );
  return {
    session,
    agent,
    asked: () => count,
    fallSilent: () => way.forEach((socket) => socket.unpipe().pause()),
  };
}

/** Does nothing for so long, and lets nobody else do anything. */
function standStill(forMs: number): 1 {
  for (const until = performance.now() + forMs; performance.now() < until;) continue;
  return 1;
}

test('one that says nothing for long is asked, and stays where it answers', async () => {
  const { asked, session } = await openBetween({ quietMs: 50, restingMs: 100, answerWithinMs: 5_000, lookEveryMs: 20 });
  await eventually(asked, (count) => expect(count).toBeGreaterThanOrEqual(3));
  expect(await session.answers(5_000)).toBe(true);
});

test('one that rests and says itself that it lives is never asked', async () => {
  const { agent, asked } = await openBetween({
    quietMs: 100,
    restingMs: 3_000,
    answerWithinMs: 5_000,
    lookEveryMs: 20,
  });
  const until = performance.now() + 4_000;
  while (performance.now() < until) {
    await new Promise((resolve) => agent.ping(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(asked()).toBe(0);
});

test('it stays where its answer came while we stood still ourselves', async () => {
  const http2 = createHttp2Server().on('stream', (stream) => stream.on('error', () => {}).respond({ ':status': 200 }));
  const opened = once(http2, 'session') as Promise<[ServerHttp2Session]>; // what this event carries
  http2.listen(0, '127.0.0.1');
  await once(http2, 'listening');
  const { port } = http2.address() as AddressInfo; // it listens on a port
  const times = { quietMs: 50, restingMs: 100, answerWithinMs: 200, lookEveryMs: 20 };
  const session = openSession(connect(port, '127.0.0.1'), times);
  const [agent] = await opened;
  ending.push(
    () => session.close(),
    () => void http2.close(),
  );
  let stoodStill = 0;
  // The answer leaves in this turn of the loop, and is read in none before the time for it is over.
  agent.on('ping', () => setImmediate(() => (stoodStill += standStill(300))));
  await eventually(
    () => stoodStill,
    (count) => expect(count).toBeGreaterThanOrEqual(3),
  );
  expect(await session.answers(5_000)).toBe(true);
});

test('with a call under way it is asked sooner', async () => {
  const { asked, session } = await openBetween({
    quietMs: 50,
    restingMs: 600_000,
    answerWithinMs: 5_000,
    lookEveryMs: 20,
  });
  session.open('/work', {}).on('error', () => {});
  await eventually(asked, (count) => expect(count).toBeGreaterThanOrEqual(3));
});

test('one that has fallen silent while it rested is noticed by itself, and at once with a call', async () => {
  const quiet = { quietMs: 100, restingMs: 200, answerWithinMs: 100 };
  const rested = await openBetween({ ...quiet, lookEveryMs: 20 });
  rested.fallSilent();
  await rested.session.ended;
  expect(() => rested.session.open('/work', {})).toThrow('has ended');
  // Nobody looks but the call.
  const called = await openBetween({ ...quiet, lookEveryMs: 600_000 });
  called.fallSilent();
  await new Promise((resolve) => setTimeout(resolve, 2 * quiet.quietMs));
  await Promise.all([called.session.ended, once(called.session.open('/work', {}), 'error')]);
});
