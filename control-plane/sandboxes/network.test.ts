import { afterAll, beforeAll, expect, test } from 'vitest';
import { EgressAction, EgressDefault } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsWithToken, eventually } from '../testing/index.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
afterAll(() => fleet?.stop());

const sandboxes = () => fleet.plane.admin.clients.sandboxes;
const rules = [{ action: EgressAction.ALLOW, cidr: '203.0.113.0/24', ports: [{ first: 443 }] }];
const egress = { default: EgressDefault.DENY, rules };
const network = NetworkMode.EGRESS;

test('a sandbox with a network goes only to a host that offers it', async () => {
  await expect(sandboxes().createSandbox({ network })).rejects.toThrow('1 without a network for sandboxes');
  await fleet.hosts[0]!.setSpecs({ egress: true });
  const { sandbox } = await sandboxes().createSandbox({ network, egress });
  expect(sandbox).toMatchObject({ network, egress: { default: EgressDefault.DENY }, networkPending: false });
  expect(sandbox?.egress?.rules[0]).toMatchObject({ cidr: '203.0.113.0/24', ports: [{ first: 443 }] });
});

test('with `auto`, as `npm start` has it, who says nothing gets a network where a host offers one', async () => {
  const replica = await fleet.plane.startReplica({ MUSTER_DEFAULT_NETWORK: 'auto' });
  const clients = clientsWithToken(replica.url, fleet.plane.admin.token);
  const given = async () => (await clients.sandboxes.createSandbox({})).sandbox?.network;
  await fleet.hosts[0]!.setSpecs({ egress: false });
  expect(await given()).toBe(NetworkMode.NONE);
  await fleet.hosts[0]!.setSpecs({ egress: true });
  expect(await given()).toBe(NetworkMode.EGRESS);
  await replica.stop(1_000);
});

test('a change of the network is done at once, or when the host is back', async () => {
  const { sandbox } = await sandboxes().createSandbox({});
  const sandboxId = sandbox!.id;
  const set = (mode: NetworkMode) => sandboxes().updateSandboxNetwork({ sandboxId, network: mode });
  expect((await set(network)).sandbox).toMatchObject({ network, networkPending: false });
  const [host] = fleet.hosts;
  host!.goSilent();
  await eventually(
    () => fleet.read(host!),
    ({ connected }) => expect(connected).toBe(false),
  );
  expect((await set(NetworkMode.NONE)).sandbox).toMatchObject({ network: NetworkMode.NONE, networkPending: true });
  host!.comeBack();
  await eventually(
    async () => (await sandboxes().getSandbox({ sandboxId })).sandbox,
    (now) => expect(now?.networkPending).toBe(false),
  );
  expect(host!.sandboxes.find((one) => one.sandboxId === sandboxId)?.networkRevision).toBe(2n);
});

test('what contradicts itself, and what is no range of addresses, is refused with the field', async () => {
  await expect(sandboxes().createSandbox({ network: NetworkMode.NONE, egress })).rejects.toThrow('NETWORK_MODE_EGRESS');
  for (const cidr of ['10.0.0.1/8', 'fd00::/8', '300.0.0.0/8', 'example.com', '0.0.0.0/0; drop'])
    await expect(
      sandboxes().createSandbox({ network, egress: { rules: [{ action: EgressAction.ALLOW, cidr }] } }),
    ).rejects.toThrow('cidr');
  const ports = [{ first: 90, last: 80 }];
  await expect(
    sandboxes().createSandbox({
      network,
      egress: { rules: [{ action: EgressAction.DENY, cidr: '0.0.0.0/0', ports }] },
    }),
  ).rejects.toThrow('last');
});
