import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { clientsWithToken, startTestControlPlane } from '../../control-plane/testing/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMachineProxy } from '../support/machine-proxy.ts';
import { startNode } from '../support/process.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-proxies-'));
const authority = makeAuthority(directory);
const certificate = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
authority.issue(certificate);
const before = getCACertificates('default');
setDefaultCACertificates([...before, authority.certificate]);
const controlPlane = await startTestControlPlane();
afterAll(async () => {
  await controlPlane.stop();
  setDefaultCACertificates(before);
  rmSync(directory, { recursive: true });
});

test.each(['nginx', 'Caddy'] as const)(
  'the configuration for %s keeps the connection of agents, and leads them past a replica that is gone',
  async (kind) => {
    const port = await freePort();
    const url = `https://localhost:${port}`;
    const settings = { MUSTER_PUBLIC_URL: url, MUSTER_HEARTBEAT_INTERVAL: '1s' };
    const replicas = await Promise.all([controlPlane.startReplica(settings), controlPlane.startReplica(settings)]);
    const [one, other] = replicas;
    const upstreams = [new URL(one.url).host, new URL(other.url).host] as const;
    const proxy = await startMachineProxy(kind, { port, upstreams, ...certificate });
    const { hosts } = clientsWithToken(url, controlPlane.admin.token);
    const { host, joinToken } = await hosts.createHost({ name: `behind-${kind.toLowerCase()}` });
    const read = async () => (await hosts.getHost({ hostId: host!.id })).host!;
    const fingerprint = controlPlane.services.installation.fingerprint;
    const options = ['--server', url, '--fingerprint', fingerprint, '--token', joinToken!.token];
    const agent = startNode(kind, 'host-agent/main.ts', ['join', ...options, '--data-dir', join(directory, kind)], {
      environment: { NODE_EXTRA_CA_CERTS: authority.file, MUSTER_AGENT_NETWORK: 'none' },
    });
    const timesConnected = () => agent.output().split('Connected to the control plane').length - 1;
    try {
      // A stream is open before what it tells happens: nothing on the way may keep it back.
      const told = (async () => {
        for await (const { event } of hosts.watchHosts({}))
          if (event.case === 'changed' && event.value.id === host!.id && event.value.connected) return true;
        return false;
      })();
      await eventually(`the agent is connected: ${agent.output()}`, async () => (await read()).connected);
      expect(await told).toBe(true);

      const seenAt = async () => Number((await read()).lastSeenAt?.seconds);
      const first = await seenAt();
      await eventually('heartbeats come for a while', async () => (await seenAt()) >= first + 2);
      expect(timesConnected()).toBe(1);
      expect((await fetch(`${url}/muster-replica/x`)).status).toBe(404);

      const held = await Promise.all(replicas.map(({ services }) => services.metrics.metrics()));
      const holder = held[0]!.includes('muster_host_connections 1') ? one : other;
      await holder.stop(1_000);
      await eventually(
        'it is connected to the other',
        async () => timesConnected() >= 2 && (await read()).connected,
        40_000,
      );
    } catch (error) {
      throw new Error(`${kind} said: ${proxy.output().slice(-4_000)}\nThe agent: ${agent.output().slice(-2_000)}`, {
        cause: error,
      });
    } finally {
      await agent.stop();
      await proxy.stop();
      await Promise.all(replicas.map((replica) => replica.stop(1_000)));
    }
  },
);
