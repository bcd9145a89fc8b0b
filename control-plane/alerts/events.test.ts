import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { RolloutState } from '#proto/muster/v1/rollout_pb.js';
import { commit, createRepository, git, temporaryFolder } from '../fleet/testing/git-repository.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { eventually, expectEventually } from '../testing/index.ts';
import { isSigned, startReceiver, type Receiver } from './testing/receiver.ts';

const folder = temporaryFolder();
const upstream = createRepository(join(folder.path, 'app'));
const first = commit(upstream, 'Begin');
let fleet: SimulatedFleet;
let receiver: Receiver;
let secret = '';

beforeAll(async () => {
  receiver = await startReceiver();
  fleet = await startSimulatedFleet(0, {
    env: {
      MUSTER_REPOSITORY_ROOTS: folder.path,
      MUSTER_LOCAL_REPOSITORY_POLL: '100ms',
      MUSTER_ALERT_INTERVAL: '200ms',
      MUSTER_PRIVATE_RANGES: '127.0.0.1',
    },
  });
  const { clients } = fleet.plane.admin;
  await clients.fleet.registerRepository({ name: 'app', url: upstream });
  const target = { case: 'webhook', value: { url: receiver.url } } as const;
  secret = (await clients.alerts.createChannel({ name: 'pager', target })).signingSecret;
  await fleet.addHost('build-1', {
    components: [{ component: 'app', repository: 'app', runningSha: first, buildSource: BuildSource.BAKED }],
  });
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await receiver?.close();
  folder.remove();
});

/** What the receiver was told, with true signatures alone. */
const told = () =>
  receiver.received
    .filter((request) => isSigned(request, secret))
    .map(({ body }) => (JSON.parse(body) as { title: string }).title);
const head = async () => (await fleet.plane.admin.clients.fleet.getFleet({})).summary?.repositories[0]?.head?.sha;

test('a push by force to a real repository is told to a real receiver, once', async () => {
  const before = commit(upstream, 'Soon rewritten');
  await expectEventually(head, before);
  git(upstream, ['reset', '-q', '--hard', first]);
  const rewritten = commit(upstream, 'Written anew');
  await expectEventually(head, rewritten);
  const title = `main of app was rewritten (${rewritten.slice(0, 7)}).`;
  await eventually(told, (titles) => expect(titles).toContain(title));
  const { loops } = fleet.plane.replica;
  const looks = () => loops.statuses().find(({ name }) => name === 'alerts.sample')?.runs ?? 0;
  const seen = looks();
  await eventually(looks, (runs) => expect(runs).toBeGreaterThan(seen + 2));
  expect(told().filter((one) => one === title)).toHaveLength(1);
});

test('a rollout whose command fails on the machine is told, and that a later one succeeded, too', async () => {
  const { rollouts } = fleet.plane.admin.clients;
  const [host] = fleet.hosts;
  host!.updates.behave = () => ({ exitCode: 3, brings: undefined, log: 'no space left\n' });
  const start = async (state: RolloutState) => {
    const { rollout } = await rollouts.createRollout({
      repository: 'app',
      components: ['app'],
      selection: { all: true },
    });
    await eventually(
      () => rollouts.getRollout({ rolloutId: rollout!.id }),
      (now) => expect(now.rollout?.state).toBe(state),
    );
    return rollout!;
  };
  const { targetSha } = await start(RolloutState.FAILED);
  const title = `The rollout of app of app (${targetSha.slice(0, 7)}) failed.`;
  await eventually(told, (titles) => expect(titles).toContain(title));
  const { received } = receiver;
  expect(received.find(({ body }) => body.includes(title))?.body).toContain('app failed on build-1');
  host!.updates.behave = ({ targetSha: brings }) => ({ exitCode: 0, brings });
  await start(RolloutState.SUCCEEDED);
  await eventually(
    () => received.map(({ body }) => JSON.parse(body) as { type: string; alert: { kind: string } }),
    (all) => expect(all.map(({ type, alert }) => `${type} ${alert.kind}`)).toContain('alert.resolved rollout_failed'),
  );
});
