import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsWithToken, codeOf, type Clients } from '../testing/index.ts';

let fleet: SimulatedFleet;
let elsewhere: Clients;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  const { url } = await fleet.plane.startReplica();
  elsewhere = clientsWithToken(url, fleet.plane.admin.token);
});
afterAll(() => fleet?.stop());

const here = () => fleet.plane.admin.clients;

async function run(clients: Clients, sandboxId: string): Promise<void> {
  for await (const _ of clients.processes.run({ sandboxId, argv: ['true'] })) continue;
}

test('what is remembered of a sandbox is never what a command is refused or run by', async () => {
  const { sandbox } = await here().sandboxes.createSandbox({ autoResume: false });
  const sandboxId = sandbox!.id;
  const [asleep, gone] = [Code.FailedPrecondition, Code.FailedPrecondition];
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.all([run(here(), sandboxId), run(elsewhere, sandboxId)]);
    await here().sandboxes.pauseSandbox({ sandboxId });
    expect(await Promise.all([here(), elsewhere].map((clients) => codeOf(run(clients, sandboxId))))).toEqual([
      asleep,
      asleep,
    ]);
    await elsewhere.sandboxes.resumeSandbox({ sandboxId });
  }
  await run(elsewhere, sandboxId);
  await here().sandboxes.destroySandbox({ sandboxId });
  expect(await codeOf(run(elsewhere, sandboxId))).toBe(gone);
});

test('one that goes on by itself does so wherever it was paused', async () => {
  const { sandbox } = await here().sandboxes.createSandbox({ autoResume: true });
  const sandboxId = sandbox!.id;
  for (let turn = 0; turn < 10; turn += 1) {
    await run(elsewhere, sandboxId);
    await here().sandboxes.pauseSandbox({ sandboxId });
  }
  await run(elsewhere, sandboxId);
  await here().sandboxes.destroySandbox({ sandboxId });
});
