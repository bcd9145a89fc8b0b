import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Addresses and CIDR ranges, separated by commas. */
export const addressRanges = z.string().transform((text, context) => {
  const list = new BlockList();
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  for (const part of parts) {
    const [address = '', given, ...more] = part.split('/');
    const version = isIP(address);
    const prefix = Number(given ?? (version === 6 ? 128 : 32));
    const widest = version === 6 ? 128 : 32;
    if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(given ?? '0') || prefix < 1 || prefix > widest) {
      context.addIssue({
        code: 'custom',
        message: 'must be addresses or ranges such as 10.0.0.7 or 10.1.0.0/16, separated by commas',
      });
      return z.NEVER;
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  if (parts.length > 0) return list;
  context.addIssue({ code: 'custom', message: 'must name at least one address' });
  return z.NEVER;
});
