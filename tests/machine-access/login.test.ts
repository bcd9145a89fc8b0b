import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSshServer, type SshServer } from '../../control-plane/fleet/testing/ssh-server.ts';
import { eventually, startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { runAgent } from '../../host-agent/agent.ts';
import { ConfigFile, ownDirectory, readOwnBuild } from '../../host-agent/components/index.ts';
import { enrol } from '../../host-agent/enrolment/enrol.ts';
import { MachineAccess } from '../../host-agent/machine-access/index.ts';
import { readMachine } from '../../host-agent/machine/specs.ts';
import { LocalSandboxes } from '../../host-agent/testing/local-sandboxes.ts';
import { quickTimes, testContext } from '../../host-agent/testing/test-agent.ts';

// What sshd checks reaches up to the root: a folder below /tmp, which everybody may write to, would not do.
let home: string;
let folder: string;
let sshd: SshServer;
const { uid, gid } = userInfo();
const account = (name: string) => Promise.resolve({ name, uid, gid, home });

beforeAll(async () => {
  home = await mkdtemp(join(homedir(), '.muster-login-'));
  folder = await mkdtemp(join(tmpdir(), 'muster-login-'));
  sshd = await startSshServer(folder, join(home, '.ssh/authorized_keys'));
  await writeFile(join(folder, 'known_hosts'), sshd.knownHosts);
});
afterAll(async () => {
  await sshd?.stop();
  for (const path of [home, folder]) if (path) await rm(path, { recursive: true });
});

/** Whether sshd lets in who holds a key. */
const logsIn = (key: string): Promise<boolean> =>
  new Promise((resolve) => {
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${join(folder, 'known_hosts')}`];
    execFile(
      'ssh',
      [...options.flatMap((option) => ['-o', option]), '-F', 'none', '-i', join(folder, key), sshd.url, 'true'],
      (error) => resolve(error === null),
    );
  });
const becomes = (key: string, expected: boolean) =>
  eventually(
    () => logsIn(key),
    (seen) => expect(seen).toBe(expected),
  );
const publicKeyOf = (key: string) => readFile(join(folder, `${key}.pub`), 'utf8');

test('what an admin says in the control plane decides who logs in on the machine', async () => {
  const plane: TestControlPlane = await startTestControlPlane();
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-agent-'));
  const stop = new AbortController();
  const context = testContext(stop.signal);
  const { clients } = plane.admin;
  const { host, joinToken } = await clients.hosts.createHost({ name: 'machine' });
  const { fingerprint } = plane.services.installation;
  const server = { server: plane.url, fingerprint, token: joinToken!.token, rejoin: false };
  await writeFile(join(dataDir, 'agent.json'), JSON.stringify({ access: { tester: ['support', 'testers'] } }));
  const { enrolled, grant } = await enrol(context, dataDir, server, {});
  const agent = runAgent(context, {
    enrolled,
    grant,
    dataDir,
    sandboxes: new LocalSandboxes(),
    machine: await readMachine(dataDir),
    ownBuild: await readOwnBuild(ownDirectory, stop.signal),
    configFile: new ConfigFile(join(dataDir, 'agent.json')),
    pauseAfterMs: undefined,
    times: quickTimes,
    accountNamed: account,
  });
  try {
    expect(await logsIn('deploy')).toBe(false);
    const { supportKey } = await clients.machineAccess.addSupportKey({
      name: 'Eve',
      publicKey: await publicKeyOf('deploy'),
      expiresAt: timestampFromMs(Date.now() + 86_400_000),
    });
    await becomes('deploy', true);
    const { access } = await clients.machineAccess.getMachineAccess({});
    expect(access).toMatchObject({ offered: 1, behind: [] });

    // Somebody takes it out, and lets somebody else in: the one is undone, the other is not ours.
    await writeFile(join(home, '.ssh/mine'), await publicKeyOf('stranger'));
    await rename(join(home, '.ssh/mine'), join(home, '.ssh/authorized_keys'));
    await becomes('deploy', true);
    expect(await logsIn('stranger')).toBe(true);
    await eventually(
      async () => (await clients.machineAccess.getHostAccess({ hostId: host!.id })).access,
      (seen) => expect(seen?.accounts[0]?.repairedAt).toBeDefined(),
    );

    await clients.machineAccess.removeSupportKey({ supportKeyId: supportKey!.id });
    await becomes('deploy', false);
    expect(await logsIn('stranger')).toBe(true);

    // A tester, on the list and turned on.
    const { other } = plane;
    await clients.machineAccess.setHostAccess({ hostId: host!.id, userIds: [other.id] });
    await clients.machineAccess.setTesterSsh({
      userId: other.id,
      enabled: true,
      publicKey: await publicKeyOf('deploy'),
    });
    await becomes('deploy', true);
    await clients.machineAccess.setTesterSsh({ userId: other.id, enabled: false, version: 1n });
    await becomes('deploy', false);
  } finally {
    stop.abort();
    await agent;
    enrolled.door.close();
    await plane.stop();
    await rm(dataDir, { recursive: true });
  }
});

test('a key ends on a machine that is cut off, and sshd itself refuses it where no agent runs', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-agent-'));
  await rm(join(home, '.ssh'), { recursive: true, force: true });
  const settings = { access: [{ name: 'tester', support: true, testers: true }] };
  const configFile = { settings: { components: [], pauseAfterMs: undefined, updates: new Map(), ...settings } };
  const access = () =>
    new MachineAccess({ dataDir, hostId: 'host0123456789abcdef', configFile, accountNamed: account });
  const [key, forGood] = await Promise.all(['deploy', 'stranger'].map(publicKeyOf));
  const line = (text: string | undefined) => (text ?? '').split(' ').slice(0, 2).join(' ');
  const keys = [
    { id: 'skey0000000000000001', kind: 'support', publicKey: line(key), expiresAtMs: Date.now() + 86_400_000 },
    { id: 'skey0000000000000002', kind: 'support', publicKey: line(forGood) },
  ] as const;
  try {
    await access().apply(testContext(), { generation: 'one', revision: 1n, keys });
    expect([await logsIn('deploy'), await logsIn('stranger')]).toEqual([true, true]);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 86_401_000);
    // The agent was started anew meanwhile, and has heard of nobody.
    await access().look(testContext());
    expect([await logsIn('deploy'), await logsIn('stranger')]).toEqual([false, true]);
    vi.useRealTimers();

    // As if the agent had ended before: the line is still there, with its end.
    const file = join(home, '.ssh/authorized_keys');
    await appendFile(file, `expiry-time="20200101" ${line(key)}\n`);
    expect(await logsIn('deploy')).toBe(false);
    await appendFile(file, `expiry-time="20990101" ${line(key)}\n`);
    expect(await logsIn('deploy')).toBe(true);
  } finally {
    vi.useRealTimers();
    await rm(dataDir, { recursive: true });
  }
});
