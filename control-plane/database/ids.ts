import { randomBytes } from 'node:crypto';

/** What stands before an id, and tells people what it names. */
export type IdPrefix =
  | 'host'
  | 'sbx'
  | 'snap'
  | 'tmpl'
  | 'team'
  | 'user'
  | 'key'
  | 'mid'
  | 'appr'
  | 'repo'
  | 'roll'
  | 'upd'
  | 'alert'
  | 'rule'
  | 'chan'
  | 'dlv'
  | 'enrol'
  | 'family'
  | 'device'
  | 'mail'
  | 'reset'
  | 'pky'
  | 'inst'
  | 'gtok'
  | 'skey'
  | 'mkey'
  | 'tester'
  | 'replica';

/** Base 32 without letters that look alike (i, l, o, u). */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const length = 16;

/** A new id: the prefix and 16 characters of base 32 (80 bits), DNS-safe, selectable by a double click. */
export function newId(prefix: IdPrefix): string {
  return prefix + Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}
