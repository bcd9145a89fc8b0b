import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import { TestControlPlane } from '../testing/control-plane.ts';
import type { Signing } from '../testing/installation.ts';
import { joinOptions, makeDataDir, testContext } from '../testing/test-agent.ts';
import { Access } from './access.ts';
import { CredentialStore } from './credentials.ts';
import { openDoor, type Door } from './door.ts';
import { enrol } from './enrol.ts';
import { RefusedError, UnreachableError } from './failure.ts';
import { readHostKey } from './host-key.ts';
import { rotate, type Enrolled } from './rotation.ts';

let controlPlane: TestControlPlane;
let dataDir: Awaited<ReturnType<typeof makeDataDir>>;
let doors: Door[];

beforeEach(async () => {
  controlPlane = await TestControlPlane.start();
  dataDir = await makeDataDir();
  doors = [];
  const { enrolled } = await enrol(testContext(), dataDir.path, joinOptions(controlPlane), {});
  doors.push(enrolled.door);
});
afterEach(async () => {
  for (const door of doors) door.close();
  await controlPlane.stop();
  await dataDir.remove();
});

/** What a freshly started agent has: the disk and nothing else. */
const start = async (): Promise<Enrolled> => {
  const store = await CredentialStore.open(dataDir.path);
  if (!store) throw new Error('there are no credentials');
  const door = openDoor(controlPlane.url);
  doors.push(door);
  return { store, hostKey: await readHostKey(dataDir.path, store.held.hostKeyFile), door };
};

const beat = async ({ door }: Enrolled, access: Access) => {
  const token = await access.token(testContext());
  await door.enrolment.heartbeat(
    { bootId: 'b', instanceId: 'i' },
    { headers: { authorization: `Bearer ${token.reveal()}` } },
  );
  await access.confirm(token);
};

const onDisk = async () =>
  JSON.parse(await readFile(join(dataDir.path, 'credentials.json'), 'utf8')) as Record<string, string>;
const idOf = (token: string | undefined) => token?.split('_')[2];

test('the next token is on disk before it is proposed, and both stay there until a call has succeeded', async () => {
  const { installation } = controlPlane;
  const enrolled = await start();
  const before = installation.currentTokenId;
  const access = new Access(enrolled);
  await access.token(testContext());
  const proposed = await onDisk();
  expect(idOf(proposed['refreshToken'])).toBe(before);
  expect(idOf(proposed['nextRefreshToken'])).toBe(installation.pendingTokenId);

  await beat(enrolled, access);
  const confirmed = await onDisk();
  expect(idOf(confirmed['refreshToken'])).toBe(installation.currentTokenId);
  expect(confirmed['refreshToken']).toBe(proposed['nextRefreshToken']);
  expect(confirmed['nextRefreshToken']).toBeUndefined();
});

test('after a lost answer and a crash the same proposal is repeated', async () => {
  controlPlane.loseNext('refreshCredentials');
  await expect(rotate(testContext(), await start())).rejects.toThrow(UnreachableError);
  await rotate(testContext(), await start());
  const [first, second] = controlPlane.installation.proposals;
  expect(second).toEqual(first);
});

test('a rotation that was accepted before the crash is gone on from', async () => {
  const { installation } = controlPlane;
  await rotate(testContext(), await start());
  installation.promote(); // the successor was used, and the agent died before it knew
  const enrolled = await start();
  await beat(enrolled, new Access(enrolled));
  expect(enrolled.store.held.refreshToken.id).toBe(installation.currentTokenId);
  expect(enrolled.store.held.nextRefreshToken).toBeUndefined();
  await rotate(testContext(), await start());
});

test('many rotations with every second answer lost end with credentials that work', async () => {
  for (let round = 0; round < 3; round += 1) {
    controlPlane.loseNext('refreshCredentials');
    await expect(rotate(testContext(), await start())).rejects.toThrow(UnreachableError);
    for (const enrolled of [await start(), await start()]) await beat(enrolled, new Access(enrolled));
  }
  expect(controlPlane.installation.refuseRefresh).toBeUndefined();
});

test('calls at the same time make one rotation', async () => {
  const access = new Access(await start());
  const tokens = await Promise.all([
    access.token(testContext()),
    access.token(testContext()),
    access.token(testContext()),
  ]);
  expect(new Set(tokens).size).toBe(1);
  expect(controlPlane.installation.proposals).toHaveLength(1);
});

test('a token is renewed at half of its life, give or take a tenth', async () => {
  const enrolled = await start();
  const grant = await rotate(testContext(), enrolled);
  const { proposals } = controlPlane.installation;
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const all = Array.from({ length: 20 }, () => new Access(enrolled, grant));
    const renewed = async () => {
      const tokens = await Promise.all(all.map((access) => access.token(testContext())));
      return tokens.filter((token) => token !== grant.token).length;
    };
    const lifeMs = 7 * 86_400_000;
    vi.advanceTimersByTime(lifeMs * 0.449);
    expect(await renewed()).toBe(0);
    vi.advanceTimersByTime(lifeMs * 0.051);
    const halfway = await renewed();
    expect(halfway).toBeGreaterThan(0);
    expect(halfway).toBeLessThan(all.length);
    vi.advanceTimersByTime(lifeMs * 0.051);
    expect(await renewed()).toBe(all.length);
    expect(new Set(proposals.map(({ nextTokenId }) => nextTokenId)).size).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a token that still works is used on when it cannot be renewed', async () => {
  const access = new Access(await start());
  const token = await access.token(testContext());
  access.renewSoon();
  controlPlane.mode = 'html';
  expect(await access.token(testContext())).toBe(token);
});

test.each([
  [RefusalKind.CREDENTIALS_REVOKED, 'signed', RefusedError],
  [RefusalKind.QUARANTINED, 'signed', RefusedError],
  [RefusalKind.HOST_DELETED, 'signed', RefusedError],
  [RefusalKind.HOST_DELETED, 'unsigned', UnreachableError],
  [RefusalKind.HOST_DELETED, 'by another key', UnreachableError],
  [RefusalKind.HOST_DELETED, 'for another nonce', UnreachableError],
  [RefusalKind.CREDENTIALS_REVOKED, 'for another host', UnreachableError],
] satisfies [RefusalKind, Signing, unknown][])('refusal %i, %s, is read as %o', async (kind, signing, expected) => {
  controlPlane.installation.refuseRefresh = { kind, signing };
  await expect(rotate(testContext(), await start())).rejects.toThrow(expected);
});

test.each(['html', 'not found', 'bad gateway', 'redirect'] as const)(
  'what some proxy answers in front of the control plane (%s) counts as unreachable, and the credentials stay',
  async (mode) => {
    controlPlane.mode = mode;
    const before = (await onDisk())['refreshToken'];
    await expect(rotate(testContext(), await start())).rejects.toThrow(UnreachableError);
    expect((await onDisk())['refreshToken']).toBe(before);
    controlPlane.mode = 'ok';
    const enrolled = await start();
    await beat(enrolled, new Access(enrolled));
  },
);
