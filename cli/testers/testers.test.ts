import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulatedFleet, type SimulatedFleet } from '../../control-plane/hosts/testing/simulated-fleet.ts';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { eventually } from '../../control-plane/testing/index.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

let mail: TestMailServer;
let fleet: SimulatedFleet;
let admin: MusterTerminal;
beforeAll(async () => {
  mail = await startMailServer();
  fleet = await startSimulatedFleet(1, {
    env: { MUSTER_SMTP_URL: mail.url, MUSTER_MAIL_FROM: 'muster@example.com' },
  });
  admin = openTerminal(fleet.plane.url, { MUSTER_TOKEN: fleet.plane.admin.token });
});
afterAll(async () => {
  admin?.remove();
  await fleet?.stop();
  await mail?.close();
});

const muster = (...args: string[]) => admin.run('testers', ...args);

test('a tester is brought in and waited for, shown with all steps, has a step repeated, and is removed', async () => {
  const added = await muster('add', 'lin@testers.example', '--name', 'Lin', '--memory', '64', '--disk', '64', '--wait');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/Lin \(tester\w+\) is brought in: ready\./) });
  expect((await muster('show', 'Lin')).stdout).toMatch(/State +ready[\s\S]*welcome +done +.*handed over/);
  expect((await muster('list', '--state', 'ready')).stdout).toMatch(/Lin +lin@testers\.example +ready +sbx/);
  expect(await muster('retry', 'lin@testers.example', '--step', 'welcome')).toMatchObject({ code: 0 });
  expect(await muster('retry', '--all')).toMatchObject({ code: 0, stdout: expect.stringMatching(/for 0 testers/) });
  expect(await muster('retry')).toMatchObject({ code: 2 });
  await eventually(
    () => mail.mails.length,
    (mails) => expect(mails).toBe(2),
  );
  expect(await muster('remove', 'Lin')).toMatchObject({ code: 2, stderr: expect.stringMatching(/Nothing was done/) });
  expect((await muster('remove', 'Lin', '--dry-run')).stdout).toMatch(/Lin would go, .* the account and 1 sandbox\./);
  expect(await muster('remove', 'Lin', '--confirm', '--reason', 'Left.')).toMatchObject({ code: 0 });
  await eventually(
    () => muster('list'),
    ({ stdout }) => expect(stdout).toMatch(/There are no such testers/),
  );
  expect(await muster('show', 'Lin')).toMatchObject({ code: 5 });
});

test('a CSV that is piped in is judged by row, and brought in where it is right', async () => {
  const csv = 'name,email\nMei,mei@testers.example\nMai,mei@testers.example\n';
  const place = ['--memory', '64', '--disk', '64'];
  expect(await admin.pipe(csv, 'testers', 'import', '-')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/ 3 +mei@testers\.example +The address stands in line 2, too\./),
    stderr: expect.stringMatching(/^1 row with problems: nobody was brought in/),
  });
  expect(await admin.pipe(csv, 'testers', 'import', '-', '--only-valid', ...place)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/1 tester brought in/),
  });
  expect(await muster('import', '/nowhere.csv')).toMatchObject({ code: 2 });
});
