import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EgressAction, EgressDefault, EgressPolicySchema, EgressProtocol } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { lockName } from '../machine/data-dir.ts';
import { takeLock } from '../machine/lock.ts';
import { toNetwork } from '../rpc/messages.ts';
import { eventually } from '../testing/eventually.ts';
import type { NetworkPolicy } from './policy.ts';
import { writeMirror } from './testing/mirror.ts';
import { machineAddress, outside, World } from './testing/world.ts';

let world: World;
beforeAll(async () => void (world = await World.open()), 300_000);
afterAll(() => world?.close());

const everything: NetworkPolicy = { mode: 'egress', default: 'allow', rules: [], resolveNames: false };
const nothing: NetworkPolicy = { mode: 'egress', default: 'deny', rules: [], resolveNames: false };
const rule = (action: 'allow' | 'deny', cidr: string, ...ports: number[]) => ({
  action,
  cidr,
  protocol: 'tcp' as const,
  ports: ports.map((port) => ({ first: port, last: port })),
});

/** What a sandbox hears from there. */
const ask = (sandboxId: string, address: string, port: number) => listen(sandboxId, address, port, 30);

type Door = readonly [address: string, port: number];

/** What a sandbox hears from doors that are closed to it: nothing, after two seconds of silence, from all at once. */
const askClosed = async (sandboxId: string, ...doors: readonly Door[]) =>
  (await Promise.all(doors.map(async (door) => [door, await listen(sandboxId, ...door, 2)] as const)))
    .filter(([, heard]) => heard !== '')
    .map(([door]) => door);

/** Empty where it hears nothing for so long. */
async function listen(sandboxId: string, address: string, port: number, seconds: number): Promise<string> {
  const family = address.includes(':') ? 'AF_INET6' : 'AF_INET';
  const pack = address.includes(':') ? 'pack_sockaddr_in6' : 'pack_sockaddr_in';
  const script = `use Socket qw(:all); socket(my $s, ${family}, SOCK_STREAM, 0); alarm ${seconds}; connect($s, ${pack}(${port}, inet_pton(${family}, "${address}"))) or exit 1; print scalar <$s>`;
  return (await world.run(sandboxId, `perl -e '${script}'`)).stdout.trim();
}

/** Whether a nameserver there answers a question that is sent to it by UDP, again and again for so long. */
async function askByUdp(sandboxId: string, address: string, seconds: number): Promise<boolean> {
  const question = '000101000001000000000000076578616d706c650000010001';
  const script = `use Socket qw(:all); socket(my $s, AF_INET, SOCK_DGRAM, 0); connect($s, pack_sockaddr_in(53, inet_aton("${address}"))); for (1..${seconds}) { send($s, pack("H*", "${question}"), 0); my $r = ""; vec($r, fileno($s), 1) = 1; if (select($r, undef, undef, 1)) { exit(defined(recv($s, my $a, 512, 0)) ? 0 : 1) } } exit 1`;
  return (await world.run(sandboxId, `perl -e '${script}'`)).code === 0;
}

test('with everything allowed the world is reached under the machine’s address, and names are resolved', async () => {
  expect(await world.tell({ do: 'problem' })).toBe('');
  const id = await world.create(everything);
  expect(await ask(id, outside.public, 80)).toBe(`at ::ffff:${outside.public} from ::ffff:${machineAddress}`);
  for (const over of ['', 'RES_OPTIONS=use-vc'])
    // by UDP, and by TCP, as large answers come
    expect((await world.run(id, `${over} getent hosts packages.example`)).stdout).toMatch(
      /^203\.0\.113\.7\s+packages\.example/,
    );
});

test('packages are installed from a mirror that is named, where nobody has said more than that there is a network', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-mirror-'));
  try {
    writeMirror(directory);
    await world.serveFiles(directory, 8000);
    const id = await world.create(toNetwork({ network: NetworkMode.EGRESS }));
    const from = '-o Dir::Etc::SourceList=/root/mirror.list -o Dir::Etc::SourceParts=-';
    const install = [
      'echo "deb [trusted=yes] http://packages.example:8000 ./" > /root/mirror.list',
      `apt-get -q ${from} update`,
      `DEBIAN_FRONTEND=noninteractive apt-get -q ${from} install --yes greeting`,
    ].join(' && ');
    expect(await world.run(id, install)).toMatchObject({ code: 0 });
    expect((await world.run(id, 'greeting')).stdout).toBe('hello from a package\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the machine, its loopback, other sandboxes, metadata, private addresses and IPv6 are closed', async () => {
  const [id, neighbour] = [await world.create(everything), await world.create(everything)];
  const nameserverOf = async (sandboxId: string) =>
    /nameserver (\S+)/.exec((await world.run(sandboxId, 'cat /etc/resolv.conf')).stdout)![1]!;
  const gateway = await nameserverOf(id);
  // The other end of the same link.
  const theirs = (await nameserverOf(neighbour)).replace(/\d+$/, (last) => String(Number(last) + 1));
  const serve =
    'use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 80, Listen => 5); while (my $c = $s->accept) { print $c "here\\n"; close $c }';
  await world.run(neighbour, `perl -e '${serve}' > /dev/null 2>&1 &`);
  await eventually('the neighbour listens', async () => (await ask(neighbour, theirs, 80)) === 'here');
  const doors: Door[] = [
    [machineAddress, 7080],
    [gateway, 7080],
    ['127.0.0.1', 7081],
    [theirs, 80],
    [outside.metadata, 80],
    [outside.private, 80],
    ['fd00:7::7', 80],
    ['fd00:7::1', 7080],
    ['::1', 7080],
  ];
  expect(await askClosed(id, ...doors)).toEqual([]);
});

test('with default deny only what a rule names is reached, and names only where that is asked for', async () => {
  const id = await world.create({ ...nothing, rules: [rule('allow', `${outside.public}/32`, 80)] });
  expect(await ask(id, outside.public, 80)).toContain(outside.public);
  expect(await askClosed(id, [outside.public, 81], [outside.other, 80])).toEqual([]);
  expect((await world.run(id, 'timeout 4 getent hosts packages.example')).stdout).toBe('');
  await world.tell({ do: 'set', sandboxId: id, network: { ...nothing, resolveNames: true }, revision: 1 });
  expect((await world.run(id, 'getent hosts packages.example')).stdout).toContain('203.0.113.7');
  expect(await askClosed(id, [outside.public, 80])).toEqual([]);
});

test('the first rule that fits decides, and private addresses are opened only by a rule about them', async () => {
  const id = await world.create({
    ...everything,
    rules: [rule('allow', '0.0.0.0/0', 80), rule('deny', `${outside.other}/32`)],
  });
  expect(await ask(id, outside.other, 80)).toContain(outside.other);
  expect(await askClosed(id, [outside.other, 81], [outside.private, 80])).toEqual([]);
  const network: NetworkPolicy = {
    ...nothing,
    rules: [rule('allow', '10.99.0.0/24'), rule('allow', '169.254.0.0/16')],
  };
  await world.tell({ do: 'set', sandboxId: id, network, revision: 1 });
  expect(await ask(id, outside.private, 80)).toContain(outside.private);
  expect(await askClosed(id, [outside.metadata, 80], [outside.public, 80])).toEqual([]);
});

test('rules as the API says them: ranges of ports that overlap, UDP, and rules for any protocol', async () => {
  const { ALLOW, DENY } = EgressAction;
  const cidr = `${outside.public}/32`;
  const says = (rules: MessageInitShape<typeof EgressPolicySchema>['rules']) =>
    toNetwork({
      network: NetworkMode.EGRESS,
      egress: create(EgressPolicySchema, { default: EgressDefault.DENY, rules }),
    });
  const ports = [{ first: 70, last: 80 }, { first: 75, last: 79 }, { first: 80 }];
  const id = await world.create(says([{ action: ALLOW, cidr, protocol: EgressProtocol.TCP, ports }]));
  expect(await ask(id, outside.public, 80)).toContain(outside.public);
  expect(await askClosed(id, [outside.public, 81])).toEqual([]);
  expect(await askByUdp(id, outside.public, 2)).toBe(false);

  const udp = says([{ action: ALLOW, cidr, protocol: EgressProtocol.UDP, ports: [{ first: 1, last: 53 }] }]);
  await world.tell({ do: 'set', sandboxId: id, network: udp, revision: 1 });
  expect(await askByUdp(id, outside.public, 30)).toBe(true);
  expect(await askClosed(id, [outside.public, 80])).toEqual([]);

  const ofAnyProtocol = says([
    { action: DENY, cidr, ports: [{ first: 81 }] },
    { action: ALLOW, cidr },
  ]);
  await world.tell({ do: 'set', sandboxId: id, network: ofAnyProtocol, revision: 2 });
  expect([await askByUdp(id, outside.public, 30), await ask(id, outside.public, 80)]).toEqual([
    true,
    expect.stringContaining(outside.public),
  ]);
  expect(await askClosed(id, [outside.public, 81], [outside.other, 80])).toEqual([]);
});

test('a network is given, taken and given again while the sandbox runs', async () => {
  const id = await world.create({ mode: 'none' });
  expect(await askClosed(id, [outside.public, 80])).toEqual([]);
  await world.tell({ do: 'set', sandboxId: id, network: everything, revision: 1 });
  expect(await ask(id, outside.public, 80)).toContain(outside.public);
  await world.tell({ do: 'set', sandboxId: id, network: { mode: 'none' }, revision: 2 });
  expect(await askClosed(id, [outside.public, 80])).toEqual([]);
  // An older change that was held up on its way changes nothing.
  await world.tell({ do: 'set', sandboxId: id, network: everything, revision: 1 });
  expect(await askClosed(id, [outside.public, 80])).toEqual([]);
  await world.tell({ do: 'set', sandboxId: id, network: everything, revision: 3 });
  expect(await ask(id, outside.public, 80)).toContain(outside.public);
});

test('a guest cannot take another address, make raw packets, or change its network', async () => {
  const id = await world.create(everything);
  const raw = 'use Socket; exit(socket(my $s, AF_INET, SOCK_RAW, 1) ? 0 : 1)';
  expect((await world.run(id, `perl -e '${raw}'`)).code).toBe(1);
  const setAddress =
    'use Socket; socket(my $s, AF_INET, SOCK_DGRAM, 0); exit(ioctl($s, 0x8916, pack("a16 a16", "eth0", pack_sockaddr_in(0, inet_aton("198.18.0.9")))) ? 0 : 1)';
  expect((await world.run(id, `perl -e '${setAddress}'`)).code).toBe(1);
});

test('rules of agents that are gone are swept by the next one, those of others stay', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-sweep-'));
  try {
    const held = await takeLock(join(directory, lockName), 0);
    const table = (name: string, comment: string, ...links: string[]) => {
      const elements = links.map((link) => `elements = { "${link}" }\n`).join('');
      const set = `set links { type ifname\n${elements}}`;
      world.onMachine('nft', `table inet sandboxes_${name} { comment "${comment}"\n${set}\n}`);
    };
    const id = await world.create(everything);
    const [link = ''] = /mst\w+/.exec(world.onMachine('ip', '-oneline', 'link')) ?? [];
    table('gone', `sandboxes of ${directory}/missing`);
    table('used', `sandboxes of ${directory}/missing`, link);
    table('held', `sandboxes of ${directory}`);
    table('unsaid', 'somebody else');
    const tables = () =>
      [...world.onMachine('nft', 'list', 'tables').matchAll(/sandboxes_(gone|used|held|unsaid)/g)].map(
        ([, name = '']) => name,
      );
    await world.tell({ do: 'reopen' });
    expect(new Set(tables())).toEqual(new Set(['held', 'unsaid', 'used']));
    await held!.release();
    await world.tell({ do: 'reopen' });
    expect(new Set(tables())).toEqual(new Set(['unsaid', 'used']));
    expect(await ask(id, outside.public, 80)).toContain(outside.public);
    for (const name of tables()) world.onMachine('nft', `delete table inet sandboxes_${name}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('another agent finds the networks as they were, and nothing is left when the last one has gone', async () => {
  const id = await world.create({ ...nothing, rules: [rule('allow', `${outside.public}/32`, 80)], resolveNames: true });
  await world.tell({ do: 'reopen' });
  expect(await ask(id, outside.public, 80)).toContain(outside.public);
  expect(await askClosed(id, [outside.public, 81])).toEqual([]);
  expect((await world.run(id, 'getent hosts packages.example')).stdout).toContain('203.0.113.7');
  expect(world.onMachine('sysctl', '-n', 'net.ipv4.ip_forward').trim()).toBe('1');
  await world.endAgent();
  expect(world.onMachine('nft', 'list', 'ruleset')).toBe('');
  expect(world.onMachine('ip', '-oneline', 'link')).not.toContain('mst');
  expect(world.onMachine('sysctl', '-n', 'net.ipv4.ip_forward').trim()).toBe('0');
});
