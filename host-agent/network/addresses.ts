import { BlockList } from 'node:net';
import { idsPerSandbox } from '../runtime/index.ts';

/** Every link of a sandbox begins with it, whichever agent made it. */
export const linkPrefix = 'mst';

/** Reserved for tests of network equipment, so that nothing real has them: all sandboxes of a machine, four addresses each. */
export const sandboxRange = '198.18.0.0/15';
const firstAddress = 0xc612_0000;
const places = 32_768;

/** The two ends of a sandbox's link. */
export interface Ends {
  /** Of the link on the host. */
  readonly link: string;
  readonly hostAddress: string;
  readonly guestAddress: string;
}

/** Follows from the sandbox's user ids, which are its own on the machine already: nothing has to be claimed or kept. */
export function endsOf(firstId: number): Ends {
  const place = Math.floor(firstId / idsPerSandbox) % places;
  const network = firstAddress + 4 * place;
  return { link: `${linkPrefix}${place}`, hostAddress: dotted(network + 1), guestAddress: dotted(network + 2) };
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');

/** Nobody reaches them from a sandbox: this machine, link-local and metadata services, other sandboxes, multicast. */
export const closedRanges = [
  '0.0.0.0/8',
  '100.100.100.200/32',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.192/32',
  sandboxRange,
  '224.0.0.0/3',
] as const;

/** Only reached by a rule whose addresses all lie in one of them. */
export const privateRanges = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
] as const;

/** Whether all addresses of this range are private ones. */
export function isPrivate(cidr: string): boolean {
  const [address, bits] = partsOf(cidr);
  return privateRanges.some((range) => {
    const [network, most] = partsOf(range);
    const block = new BlockList();
    block.addSubnet(network, most);
    return bits >= most && block.check(address);
  });
}

function partsOf(cidr: string): [address: string, bits: number] {
  const [address = '', bits] = cidr.split('/');
  return [address, Number(bits)];
}
