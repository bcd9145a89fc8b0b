import { linkPrefix } from './addresses.ts';
import type { KernelNetwork } from './kernel.ts';

const table = 'muster_forwarding';
const setting = 'net.ipv4.ip_forward';

/**
 * Lets the machine pass packets on, which sandboxes need. Where it did not before, it goes on doing so for nobody else: a
 * table of its own, which all agents of the machine share, drops what is neither from nor to a sandbox.
 */
export async function allowForwarding(machine: KernelNetwork): Promise<void> {
  if ((await machine.run(['sysctl', '-n', setting])).trim() === '1') return;
  await machine.nft(
    [
      `add table inet ${table} { comment "Muster switched forwarding on, for its sandboxes alone. Delete this table to forward for others."; }`,
      `flush table inet ${table}`,
      `table inet ${table} {`,
      '  chain forward { type filter hook forward priority filter - 5; policy accept;',
      `    iifname != "${linkPrefix}*" oifname != "${linkPrefix}*" drop`,
      '  }',
      '}',
    ].join('\n'),
  );
  await machine.run(['sysctl', '-qw', `${setting}=1`]);
}

/** Puts the machine back as it was, where forwarding was switched on here and no sandbox is linked any more. */
export async function endForwarding(machine: KernelNetwork): Promise<void> {
  const ours = (await machine.run(['nft', 'list', 'tables', 'inet'])).split('\n').includes(`table inet ${table}`);
  if (!ours) return;
  await machine.run(['sysctl', '-qw', `${setting}=0`]);
  await machine.nft(`delete table inet ${table}`);
}
