import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endsOf } from './addresses.ts';
import { KernelNetwork } from './kernel.ts';
import { makeLink } from './link.ts';
import type { EgressPolicy } from './policy.ts';
import { memberScript, removalScript, tableScript } from './rules.ts';

const everyRule: EgressPolicy = {
  mode: 'egress',
  default: 'deny',
  rules: [{ action: 'allow', cidr: '203.0.113.0/24', protocol: 'any', ports: [{ first: 1, last: 9 }] }],
  resolveNames: true,
};

/**
 * Makes what a sandbox's network is made of, in networks of the probe's own that end with it. That programs are installed
 * and the kernel has a name for something proves nothing. Throws what did not work.
 */
export async function probeNetwork(): Promise<void> {
  const [machine, guest] = [emptyNetwork(), emptyNetwork()];
  try {
    const [machinePid, guestPid] = await Promise.all([machine.ready, guest.ready]);
    const network = KernelNetwork.of(machinePid);
    const ends = endsOf(0);
    await network.nft(tableScript('probe', 'a probe', []));
    await network.nft(memberScript('probe', { ends, policy: everyRule }));
    await makeLink(network, ends, guestPid);
    await network.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await network.nft(removalScript('probe', ends, everyRule));
  } finally {
    machine.end();
    guest.end();
  }
}

/** A network namespace without anything in it, for as long as a process lives that waits for its end. */
function emptyNetwork() {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined); // it has gone already
  const failed = once(child, 'exit').then(() => {
    throw new Error('this user may not make network namespaces');
  });
  failed.catch(() => undefined);
  return {
    ready: Promise.race([once(child.stdout, 'data').then(() => child.pid!), failed]),
    end: () => void child.stdin.end(),
  };
}
