import type { Ends } from './addresses.ts';
import { KernelNetwork } from './kernel.ts';

/** Makes the link between the machine and the network of a process, in place of one that is still there. */
export async function makeLink(
  machine: KernelNetwork,
  { link, hostAddress, guestAddress }: Ends,
  pid: number,
): Promise<void> {
  const make = () =>
    machine.ip([
      `link add ${link} type veth peer name eth0 netns ${pid}`,
      `link set ${link} addrgenmode none`,
      `addr add ${hostAddress}/30 dev ${link}`,
      `link set ${link} up`,
    ]);
  try {
    await make();
  } catch {
    // That of a sandbox which had these ids before ends with its network, a moment after it.
    await removeLink(machine, link);
    await make();
  }
  await KernelNetwork.of(pid).ip([
    'link set lo up',
    'link set eth0 addrgenmode none',
    `addr add ${guestAddress}/30 dev eth0`,
    'link set eth0 up',
    `route add default via ${hostAddress}`,
  ]);
}

/** Removes a link, if it is there. */
export async function removeLink(machine: KernelNetwork, link: string): Promise<void> {
  await machine.ip([`link del ${link}`]).catch(() => undefined);
}

/** The links of sandboxes that are there. */
export async function listLinks(machine: KernelNetwork, prefix: string): Promise<string[]> {
  const lines = (await machine.run(['ip', '-oneline', 'link', 'show', 'type', 'veth'])).split('\n');
  return lines.flatMap((line) => /^\d+: ([^:@\s]+)/.exec(line)?.[1] ?? []).filter((name) => name.startsWith(prefix));
}
