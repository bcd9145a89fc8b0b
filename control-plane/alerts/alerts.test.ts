import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AlertKind, AlertState, DeliveryEvent, DeliveryState } from '#proto/muster/v1/alert_pb.js';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { findDriftSince, findTroubles } from '../hosts/index.ts';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import { eventually, expectEventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { testChannel } from './deliveries/again.ts';
import type { Facts } from './facts.ts';
import { sampleAlerts } from './sample.ts';
import { factsOf, headSha, nextSha } from './testing/facts.ts';
import { isSigned, startReceiver, type Receiver } from './testing/receiver.ts';

let plane: TestControlPlane;
let receiver: Receiver;
let mails: TestMailServer;
beforeAll(async () => {
  mails = await startMailServer();
  plane = await startTestControlPlane({
    env: {
      MUSTER_PRIVATE_RANGES: '127.0.0.1',
      // The tests look themselves.
      MUSTER_ALERT_INTERVAL: '12h',
      MUSTER_OUTGOING_TIMEOUT: '2s',
      MUSTER_SMTP_URL: mails.url,
      MUSTER_MAIL_FROM: 'muster@example.com',
    },
  });
  await expectEventually(() => loopRuns('alerts.sample'), 1);
});
afterAll(async () => {
  await plane?.stop();
  await mails?.close();
});
beforeEach(async () => {
  const { pool } = plane.services;
  await pool`truncate alerts, alert_members, alert_conditions, alert_deliveries, alert_channels`;
  receiver = await startReceiver();
  return () => receiver.close();
});

const loopRuns = (name: string) => plane.replica.loops.statuses().find((one) => one.name === name)?.runs ?? 0;
const alerts = () => plane.admin.clients.alerts;
const webhook = (name = 'pager') =>
  alerts().createChannel({ name, target: { case: 'webhook', value: { url: receiver.url } } });
const bodies = () =>
  receiver.received.map(({ body }) => JSON.parse(body) as { type: string; title: string; alert: object });
const firing = async () => (await alerts().listAlerts({ state: AlertState.FIRING })).alerts;

/** A clock that only these tests move: samples follow each other on it, later from test to test. */
let atMs = Date.now() + 86_400_000;
const look = (hosts: Parameters<typeof factsOf>[1], more: Partial<Facts> = {}, afterMs = 10_000) => {
  atMs += afterMs;
  const context = { ...plane.context, config: { ...plane.services.config, alertIntervalMs: 10_000 } };
  return sampleAlerts(context, factsOf(new Date(atMs), hosts, more));
};
const lookTimes = async (times: number, ...what: Parameters<typeof look>) => {
  for (let count = 0; count < times; count += 1) await look(...what);
};
const dirty = { state: ComponentState.DIRTY };
const current = {};

test('machines in the same trouble are told in one signed message, and once more when it is over', async () => {
  const { signingSecret } = await webhook();
  const all = { 'build-1': dirty, 'build-2': dirty, 'build-3': dirty, 'build-4': dirty, 'build-5': dirty };
  await lookTimes(2, { ...all, 'build-4': current, 'build-5': current });
  const [alert] = await firing();
  expect(alert).toMatchObject({ kind: AlertKind.DIRTY, repository: 'app', sha: headSha, memberCount: 3 });
  expect(alert!.toldAt).toBeUndefined();
  // Who follows within a heartbeat is in the first message.
  await lookTimes(5, all);
  await expectEventually(() => receiver.received.length, 1);
  expect(bodies()[0]).toMatchObject({
    type: 'alert.firing',
    title: 'build-1, build-2, build-3 and 2 more machines run uncommitted changes of app.',
    url: `${plane.services.publicUrl}/alerts?alert=${alert!.id}`,
    alert: {
      id: alert!.id,
      kind: 'dirty',
      memberCount: 5,
      members: [{ name: 'build-1', component: 'web' }, {}, {}, {}, {}],
    },
  });
  expect(isSigned(receiver.received[0]!, signingSecret)).toBe(true);
  expect(isSigned({ ...receiver.received[0]!, body: `${receiver.received[0]!.body} ` }, signingSecret)).toBe(false);

  await lookTimes(2, Object.fromEntries(Object.keys(all).map((name) => [name, current])));
  await expectEventually(() => receiver.received.length, 2);
  expect(bodies()[1]).toMatchObject({ type: 'alert.resolved', alert: { id: alert!.id, memberCount: 5 } });
  const { alert: over } = await alerts().getAlert({ alertId: alert!.id });
  expect(over).toMatchObject({ state: AlertState.RESOLVED, memberCount: 5 });
  expect(over!.members.every(({ leftAt }) => leftAt !== undefined)).toBe(true);
});

test('a watcher hears what fires, and that rules, channels and deliveries have changed', async () => {
  const leave = new AbortController();
  const heard: number[] = [];
  const watching = (async () => {
    for await (const { event } of alerts().watchAlerts({}, { signal: leave.signal }))
      if (event.case === 'overview') heard.push(event.value.firing);
  })().catch(() => {});
  const hearsMore = async (work: () => Promise<unknown>) => {
    const before = heard.length;
    await work();
    await eventually(
      () => heard.length,
      (count) => expect(count).toBeGreaterThan(before),
    );
  };
  await expectEventually(() => heard, [0]);
  await hearsMore(() => webhook());
  await hearsMore(() => lookTimes(2, { 'build-1': dirty }));
  await expectEventually(() => heard.at(-1), 1);
  const [rule] = (await alerts().listAlertRules({})).rules.filter(({ kind }) => kind === AlertKind.BEHIND);
  await hearsMore(() => alerts().updateAlertRule({ ruleId: rule!.id, tellResolved: rule!.tellResolved }));
  await hearsMore(() => lookTimes(2, { 'build-1': current }));
  await expectEventually(() => heard.at(-1), 0);
  leave.abort();
  await watching;
});

test('who comes later is told of in one more message, and nobody is told of twice', async () => {
  await webhook();
  await lookTimes(6, { one: dirty });
  await expectEventually(() => receiver.received.length, 1);
  await lookTimes(6, { one: dirty, two: dirty, three: dirty });
  expect(receiver.received).toHaveLength(1);
  await look({ one: dirty, two: dirty, three: dirty }, {}, 900_000);
  await lookTimes(4, { one: dirty, two: dirty, three: dirty });
  await expectEventually(() => receiver.received.length, 2);
  expect(bodies()[1]).toMatchObject({
    type: 'alert.grown',
    title: 'More: three and two run uncommitted changes of app.',
  });
  await lookTimes(3, { one: dirty, two: dirty, three: current });
  await look({ one: dirty, two: dirty, three: dirty }, {}, 900_000);
  await lookTimes(5, { one: dirty, two: dirty, three: dirty });
  const { deliveries } = await alerts().listDeliveries({});
  expect(deliveries).toHaveLength(2);
});

test('behind is told after half an hour, once for each head, while it moves under those who stay behind', async () => {
  await webhook();
  const since = new Date(atMs);
  const behind = { state: ComponentState.BEHIND, behindSince: since };
  await lookTimes(5, { one: behind, two: behind });
  expect(await firing()).toEqual([]);
  await look({ one: behind, two: behind }, {}, 1_790_000);
  await lookTimes(5, { one: behind, two: behind });
  await expectEventually(() => receiver.received.length, 1);
  const moved = { ...behind, head: nextSha };
  await lookTimes(6, { one: moved, two: moved });
  expect(await firing()).toHaveLength(1);
  await lookTimes(6, { one: moved, two: moved, three: moved });
  await expectEventually(() => receiver.received.length, 2);
  expect(bodies().map(({ title }) => title)).toEqual([
    'one and two are behind app (aaaaaaa) for 30 minutes.',
    'three is behind app (bbbbbbb) for 30 minutes.',
  ]);
});

test('a machine that falls silent is not reported to be well', async () => {
  await webhook();
  await lookTimes(6, { one: dirty });
  await expectEventually(() => receiver.received.length, 1);
  await lookTimes(6, { one: { state: ComponentState.STALE } });
  expect((await firing()).map(({ kind }) => kind)).toEqual([AlertKind.DIRTY]);
  await lookTimes(2, {});
  await expectEventually(() => receiver.received.length, 2);
});

test('silence, unreachability, disruption, a rewritten main and a failed rollout have their alerts', async () => {
  await webhook();
  const gone = { state: ComponentState.STALE, status: 'unreachable' } as const;
  const at = new Date(atMs);
  const events = {
    rewritten: [{ id: '7', repository: 'app', branch: 'main', sha: nextSha, observedAt: at }],
    failedRollouts: [
      { id: 'roll1', repository: 'app', components: ['web'], targetSha: nextSha, sentence: 'one failed.', endedAt: at },
    ],
    disruption: { silent: 4, online: 6 },
  };
  await look({ one: gone }, events);
  expect((await firing()).map(({ kind }) => AlertKind[kind]).sort()).toEqual(['REWRITTEN', 'ROLLOUT_FAILED']);
  await look({ one: gone }, { ...events, inGrace: true });
  expect(await firing()).toHaveLength(2);
  // As often as the rules are looked at: whoever looks rarely begins anew.
  await lookTimes(12, { one: gone }, events, 55_000);
  expect((await firing()).map(({ sentence }) => sentence).sort()).toEqual([
    '4 of 6 machines fell silent at once: none of them is called unreachable for ten minutes.',
    'The rollout of web of app (bbbbbbb) failed.',
    'main of app was rewritten (bbbbbbb).',
    'one has reported nothing new for 10 minutes.',
    'one is unreachable for 5 minutes.',
  ]);
  await lookTimes(2, { one: current });
  expect(await firing()).toEqual([]);
  await eventually(
    () => bodies().map(({ type, title }) => (type === 'alert.resolved' ? title.slice(0, 14) : '')),
    // That main was rewritten is never over.
    (titles) => expect(titles.filter(Boolean)).toHaveLength(4),
  );
  // The same events again are no news.
  await look({ one: current }, events);
  expect((await firing()).map(({ kind }) => AlertKind[kind])).toEqual(['ROLLOUT_FAILED']);
});

test('quarantined hosts, second agents, unknown sandboxes, drains that gave up and an older database have their alerts', async () => {
  await webhook();
  const sql = plane.context.sql;
  await sql`
    insert into hosts (id, name, status, labels, quarantined_at, quarantine_reason, connection_refused_at) values
      ('host-copied', 'copied', 'online', '{"site": "north"}', now(), 'Two agents took turns.', now() - interval '90 minutes'),
      ('host-left', 'left', 'online', '{}', null, null, now() - interval '3 hours')`;
  await sql`insert into host_drains (host_id, state, action, reason, ended_at) values ('host-left', 'gave_up', 'wait', 'new disks', now())`;
  await sql`
    insert into unknown_sandboxes (host_id, sandbox_id, attempt, released_at, gone_at) values
      ('host-left', 'sbx1', 1, null, null), ('host-left', 'sbx2', 1, null, null), ('host-copied', 'sbx3', 1, now(), null), ('host-copied', 'sbx4', 1, null, now())`;
  await sql`update database_life set drift_since = now()`;
  const facts = async () => ({ troubles: await findTroubles(sql), driftSince: await findDriftSince(sql) });
  const { rule } = await alerts().createAlertRule({
    name: 'Quarantine in the south',
    kind: AlertKind.HOST_QUARANTINED,
    labels: { site: 'south' },
  });
  await lookTimes(2, {}, await facts());
  expect((await firing()).map(({ sentence }) => sentence).sort()).toEqual([
    'A second agent of copied tries to connect: was the data directory copied?',
    'The database is older than what hosts have seen: nothing is ended by itself until an operator decides.',
    'The drain of left gave up: sandboxes are left.',
    'copied is quarantined and gets no new sandboxes.',
    'left has sandboxes that the database does not know.',
  ]);
  const metrics = await plane.services.metrics.metrics();
  for (const line of [
    'muster_hosts_set_apart{why="quarantined"} 1',
    'muster_hosts_set_apart{why="drain_gave_up"} 1',
    'muster_unknown_sandboxes 2',
    'muster_drift 1',
    'muster_disruption 0',
  ])
    expect(metrics).toContain(line);
  const members = (await Promise.all((await firing()).map(({ id }) => alerts().getAlert({ alertId: id })))).flatMap(
    ({ alert }) => alert!.members.map(({ sentence }) => sentence),
  );
  expect(members).toContain('It has 2 unknown sandboxes, until an operator lets them go on or destroys them.');
  expect(members).toContain('It was drained because: new disks');
  expect(members).toContain('Two agents took turns.');

  await sql`update hosts set quarantined_at = null, connection_refused_at = null`;
  await sql`delete from host_drains`;
  await sql`delete from unknown_sandboxes`;
  await sql`update database_life set drift_since = null`;
  await lookTimes(2, {}, await facts());
  expect(await firing()).toEqual([]);
  await alerts().deleteAlertRule({ ruleId: rule!.id });
  await sql`delete from hosts where id in ('host-copied', 'host-left')`;
});

test('rules are about the repository, labels and channels that they name, and are silent when switched off', async () => {
  const { channel } = await webhook();
  await alerts().createChannel({ name: 'nobody', target: { case: 'slack', value: { url: receiver.url } } });
  const { rule } = await alerts().createAlertRule({
    name: 'Dirty labs',
    kind: AlertKind.DIRTY,
    repository: 'lab',
    labels: { site: 'north' },
    channelIds: [channel!.id],
  });
  const lab = { ...dirty, repository: 'lab', labels: { site: 'north' } };
  const dirtyRule = 'rule00000000dirty';
  await alerts().updateAlertRule({ ruleId: dirtyRule, enabled: false });
  await lookTimes(6, { one: lab, two: { ...lab, labels: { site: 'south' } }, three: { ...lab, repository: 'app' } });
  await expectEventually(() => receiver.received.length, 1);
  expect(bodies()[0]!.title).toBe('one runs uncommitted changes of lab.');
  const read = async () => (await alerts().listAlertRules({})).rules.find(({ id }) => id === rule!.id);
  expect(await read()).toMatchObject({ firing: 1, sentence: 'A component has uncommitted changes.', enabled: true });
  await alerts().updateAlertRule({ ruleId: rule!.id, enabled: false });
  expect(await read()).toMatchObject({ firing: 0, name: 'Dirty labs', repository: 'lab' });
  await lookTimes(3, { one: lab });
  await alerts().updateAlertRule({ ruleId: rule!.id, enabled: true });
  await lookTimes(2, { one: lab });
  expect(await read()).toMatchObject({ firing: 1 });
  await alerts().deleteAlertRule({ ruleId: rule!.id });
  expect(await firing()).toEqual([]);
  await alerts().updateAlertRule({ ruleId: dirtyRule, enabled: true });
  expect(receiver.received).toHaveLength(1);

  const make = (request: Parameters<ReturnType<typeof alerts>['createAlertRule']>[0]) =>
    alerts().createAlertRule(request);
  await expect(make({ name: 'x', kind: AlertKind.DISRUPTION, labels: { a: 'b' } })).rejects.toThrow(/not about single/);
  await expect(make({ name: 'Behind main', kind: AlertKind.BEHIND })).rejects.toThrow(/called “Behind main” already/);
  await expect(make({ name: 'x', kind: AlertKind.DIRTY, channelIds: ['chan0123456789ab'] })).rejects.toThrow(
    /no such channel/,
  );
});

test('two replicas that look at the same time are one sample, and a later one goes on', async () => {
  await look({ one: dirty });
  const again = await Promise.all([look({ one: dirty }, {}, 1000), look({ one: dirty }, {}, 1000)]);
  expect(again).toEqual([{ skipped: expect.any(String) }, { skipped: expect.any(String) }]);
  expect(await firing()).toEqual([]);
  const twice = new Date((atMs += 10_000));
  const context = { ...plane.context, config: { ...plane.services.config, alertIntervalMs: 10_000 } };
  const results = await Promise.all([1, 2].map(() => sampleAlerts(context, factsOf(twice, { one: dirty }))));
  expect(results.filter((result) => 'skipped' in result)).toHaveLength(1);
  expect(await firing()).toHaveLength(1);
});

test('mail and chat tell the same in their own form', async () => {
  await alerts().createChannel({ name: 'chat', target: { case: 'slack', value: { url: receiver.url } } });
  await alerts().createChannel({
    name: 'post',
    target: { case: 'mail', value: { addresses: ['a@example.com', 'b@example.com'] } },
  });
  await lookTimes(6, { 'build-<1>': dirty });
  await expectEventually(() => receiver.received.length, 1);
  expect(JSON.parse(receiver.received[0]!.body)).toEqual({
    text: expect.stringMatching(
      /^build-&lt;1&gt; runs uncommitted changes of app\.\n• \*build-&lt;1&gt;\* web: It is DIRTY\.\n<http.*\|Open in Muster>$/,
    ),
  });
  await expectEventually(() => mails.mails.length, 2);
  expect(mails.mails.map(({ to }) => to).sort()).toEqual(['a@example.com', 'b@example.com']);
  expect(mails.mails[0]!.raw).toMatch(/^Subject: \[Muster\] build-<1> runs uncommitted changes of app\.$/m);
  expect(mails.mails[0]!.text).toMatch(/build-<1> web: It is DIRTY\.[\s\S]*the rule “?.*Uncommitted changes/);
});

test('what fires is counted for who scrapes', async () => {
  await lookTimes(2, { one: dirty });
  const metrics = await plane.services.metrics.metrics();
  expect(metrics).toMatch(/^muster_alerts_firing\{kind="dirty"\} 1$/m);
  expect(metrics).toMatch(/^muster_alerts_deliveries\{state="dead"\} 0$/m);
});

test('a channel that is down gets the message later, in order, once per attempt with one id; then it is given up and sent again', async () => {
  const { channel } = await webhook();
  receiver.answer = (response) => void response.writeHead(503, { 'retry-after': '3000' }).end();
  await lookTimes(6, { one: dirty });
  await expectEventually(() => receiver.received.length, 1);
  await lookTimes(2, { one: current });
  const list = async () => (await alerts().listDeliveries({ channelId: channel!.id })).deliveries;
  await eventually(list, (all) =>
    expect(all.map(({ event, attempts, lastError }) => [event, attempts, lastError])).toEqual([
      [DeliveryEvent.RESOLVED, 0, ''],
      [DeliveryEvent.FIRING, 1, 'It answered 503.'],
    ]),
  );
  const [, first] = await list();
  expect(Number(first!.nextAttemptAt!.seconds) - Date.now() / 1000).toBeGreaterThan(600);
  expect((await alerts().listChannels({})).channels[0]).toMatchObject({ lastError: 'It answered 503.', waiting: 2 });

  const { pool } = plane.services;
  await pool`update alert_deliveries set next_attempt_at = now(), attempts = most_attempts - 1 where id = ${first!.id}`;
  receiver.answer = (response) => void response.writeHead(302, { location: receiver.url }).end();
  plane.replica.loops.wake('alerts.deliver');
  // What is given up holds up nobody.
  await eventually(list, ([second, given]) => {
    expect(given).toMatchObject({ state: DeliveryState.DEAD, lastError: expect.stringMatching(/302, a redirect/) });
    expect(second).toMatchObject({ attempts: 1, lastError: expect.stringMatching(/302, a redirect/) });
  });
  receiver.answer = (response) => void response.writeHead(200).end('taken');
  await alerts().retryDelivery({ deliveryId: first!.id });
  await eventually(list, (all) => expect(all[1]!.state).toBe(DeliveryState.DELIVERED));
  const ids = receiver.received
    .filter(({ body }) => body.includes('alert.firing'))
    .map(({ headers }) => headers['webhook-id']);
  expect(ids).toEqual([first!.id, first!.id, first!.id]);
  await alerts().deleteChannel({ channelId: channel!.id });
  expect((await alerts().listDeliveries({ state: DeliveryState.DEAD })).deliveries).toHaveLength(1);
  await expect(alerts().retryDelivery({ deliveryId: first!.id })).rejects.toThrow('Its channel was removed.');
});

test('a receiver that is silent or gone holds up no other channel, and one that says gone is asked no more', async () => {
  const other = await startReceiver();
  try {
    await webhook('silent');
    await alerts().createChannel({ name: 'well', target: { case: 'webhook', value: { url: other.url } } });
    receiver.answer = () => {};
    await lookTimes(6, { one: dirty });
    await expectEventually(() => other.received.length, 1);
    const list = async () => (await alerts().listDeliveries({ state: DeliveryState.WAITING })).deliveries;
    await eventually(list, ([slow]) => expect(slow!.lastError).toMatch(/did not answer in time/));
    receiver.answer = (response) => void response.writeHead(410).end();
    await alerts().retryDelivery({ deliveryId: (await list())[0]!.id });
    await eventually(
      async () => (await alerts().listDeliveries({ state: DeliveryState.DEAD })).deliveries,
      (dead) => expect(dead).toMatchObject([{ lastError: 'It answered 410: it is gone for good.' }]),
    );
  } finally {
    await other.close();
  }
});

test('a channel is tried before it is needed, and its address and secret are never shown', async () => {
  const { channel, signingSecret } = await webhook();
  const { deliveries } = await alerts().testChannel({ channelId: channel!.id });
  expect(deliveries).toMatchObject([{ event: DeliveryEvent.TEST, state: DeliveryState.DELIVERED }]);
  expect(isSigned(receiver.received[0]!, signingSecret)).toBe(true);
  const { signingSecret: next } = await alerts().updateChannel({ channelId: channel!.id, rotateSecret: true });
  receiver.answer = (response) => void response.writeHead(500).end('inner words');
  const failed = await alerts().testChannel({ channelId: channel!.id });
  expect(failed.deliveries).toMatchObject([{ state: DeliveryState.DEAD, attempts: 1, lastError: 'It answered 500.' }]);
  expect(isSigned(receiver.received[1]!, next)).toBe(true);
  const { target } = (await alerts().listChannels({})).channels[0]!;
  expect(target).toBe(new URL(receiver.url).origin);
  const rows = await plane.services.pool`select channels::text as row from alert_channels channels`;
  const audit = await plane.services
    .pool`select events::text as row from audit_events events where action like 'alert%'`;
  const said = JSON.stringify([...rows, ...audit, failed, deliveries, plane.log], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  for (const secret of [signingSecret, next, 'of-the-receiver', 'inner words']) expect(said).not.toContain(secret);
  expect(audit.length).toBeGreaterThan(3);
});

test('addresses that lead into the own network are refused, when they are set and when they are called', async () => {
  const to = (url: string) => alerts().createChannel({ name: url, target: { case: 'webhook', value: { url } } });
  for (const url of [
    'http://10.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'https://2130706434/',
    'http://192.0.2.1/',
    'ftp://example.com/x',
    'https://user:word@192.0.2.1/',
  ])
    await expect(to(url)).rejects.toThrow(/^\[invalid_argument\] .*(private address|https:\/\/|Leave user name)/);
  await webhook();
  // What is set can change its mind: it is judged by whoever calls it, when they do.
  const strict = { ...plane.context, config: { ...plane.services.config, privateRanges: undefined } };
  const [channel] = (await alerts().listChannels({})).channels;
  const deliveries = await testChannel(strict, channel!.id);
  expect(deliveries).toMatchObject([{ state: 'dead', lastError: expect.stringMatching(/leads to a private address/) }]);
  expect(receiver.received).toEqual([]);
});

test('kinds that a newer replica has brought are left to it: nothing else is held up by them', async () => {
  const { pool } = plane.services;
  await pool`alter type alert_kind add value if not exists 'of_tomorrow'`;
  await pool`
    insert into alert_rules (id, name, kind, hold_ms, tell_resolved, created_by)
    values ('rule000000000tomorrow', 'Of tomorrow', 'of_tomorrow', 0, true, 'system')
  `;
  await pool`
    insert into alerts (id, rule_id, rule_name, kind, digest, sentence, members, started_at)
    values ('alert00000000tomorrow', 'rule000000000tomorrow', 'Of tomorrow', 'of_tomorrow', '', 'Something new.', 1, now())
  `;
  await lookTimes(200, { 'build-1': dirty });
  expect((await firing()).length).toBeGreaterThan(0);
  const { rules } = await alerts().listAlertRules({});
  expect(rules.map(({ name }) => name)).not.toContain('Of tomorrow');
  await pool`delete from alert_rules where id = 'rule000000000tomorrow'`;
});
