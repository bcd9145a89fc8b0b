import { BlockList, isIP } from 'node:net';

/** What no address of the internet is: this machine, its networks, and ways around saying so. */
const notPublic = new BlockList();
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) {
  const [address = '', prefix] = range.split('/');
  notPublic.addSubnet(address, Number(prefix), familyOf(address));
}

/** Whether an address is reached only within a machine or a network, and not on the internet. */
export const isPrivateAddress = (address: string): boolean => isIn(notPublic, address);

export const isIn = (list: BlockList | undefined, address: string): boolean =>
  list !== undefined && isIP(address) !== 0 && list.check(address, familyOf(address));

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
