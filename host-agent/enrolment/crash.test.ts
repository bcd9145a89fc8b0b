import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestControlPlane } from '../testing/control-plane.ts';
import { crashingDisk, type CrashingDisk } from '../testing/crashing-disk.ts';
import { joinOptions, makeDataDir, testContext } from '../testing/test-agent.ts';
import { Access } from './access.ts';
import { enrol, openEnrolment, type Enrolment } from './enrol.ts';

let controlPlane: TestControlPlane;
let dataDir: Awaited<ReturnType<typeof makeDataDir>>;
let disk: CrashingDisk;
let opened: Enrolment[];

beforeAll(async () => void (disk = await crashingDisk(fileURLToPath(import.meta.url))));
afterAll(() => disk.restore());
beforeEach(async () => {
  controlPlane = await TestControlPlane.start();
  dataDir = await makeDataDir();
  opened = [];
});
afterEach(async () => {
  disk.crashAt(Infinity);
  for (const { enrolled } of opened) enrolled.door.close();
  await controlPlane.stop();
  await dataDir.remove();
});

const keep = (enrolment: Enrolment) => {
  opened.push(enrolment);
  return enrolment;
};

/** The life of an agent between two crashes: it comes up, rotates, and says that it lives, as the next one does. */
async function live({ enrolled }: Enrolment): Promise<void> {
  const access = new Access(enrolled);
  const token = await access.token(testContext());
  const { state } = await enrolled.door.enrolment.heartbeat(
    { bootId: 'b', instanceId: 'i' },
    { headers: { authorization: `Bearer ${token.reveal()}` } },
  );
  await access.confirm(token);
  await enrolled.store.seen.note(state ?? { generation: 'one', sequence: 1n, signature: new Uint8Array(64) });
}

const start = async () => keep(await openEnrolment(dataDir.path));

/** Lets the work crash at each of its steps in turn; after each crash it must succeed. Answers how many steps it took. */
async function atEveryStep(work: () => Promise<void>, again: () => Promise<void>): Promise<number> {
  for (let step = 1; ; step += 1) {
    disk.crashAt(step);
    await work().catch(() => undefined); // what it throws has passed through code that wraps it
    const crashed = disk.steps >= step;
    disk.crashAt(Infinity);
    await again();
    // Never a finding, whatever was lost.
    expect(controlPlane.installation.refuseRefresh).toBeUndefined();
    if (!crashed) return step - 1;
  }
}

test('a machine that goes down at any step of a rotation comes up and goes on with its credentials', async () => {
  keep(await enrol(testContext(), dataDir.path, joinOptions(controlPlane), {}));
  const life = async () => live(await start());
  const steps = await atEveryStep(life, life);
  // Two files are replaced three times: opened, made private, written, synchronised, renamed, the directory synchronised.
  expect(steps).toBeGreaterThanOrEqual(14);
});

test('a machine that goes down at any step of its joining joins with the same command', async () => {
  const join = async () => {
    const { enrolled } = keep(await enrol(testContext(), dataDir.path, joinOptions(controlPlane), {}));
    await enrolled.store.proposeNext();
  };
  const steps = await atEveryStep(
    async () => {
      await dataDir.remove();
      await controlPlane.stop();
      controlPlane = await TestControlPlane.start();
      dataDir = await makeDataDir();
      await join();
    },
    async () => {
      await join();
      await live(await start());
    },
  );
  expect(steps).toBeGreaterThanOrEqual(20);
});
