import { createHash, randomBytes } from 'node:crypto';

const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const prefix = 'proc';

/** A process's id. With a request id it follows from that, so that a repeated call names the same process. */
export function newProcessId(sandboxId: string, requestId: string): string {
  const bytes =
    requestId === ''
      ? randomBytes(16)
      : createHash('sha256').update(`${sandboxId}/${requestId}`).digest().subarray(0, 16);
  return prefix + [...bytes].map((byte) => letters[byte % letters.length]).join('');
}

/** As the init knows it: 16 characters. */
export const keyOf = (id: string): string => id.slice(prefix.length);
export const idOf = (key: string): string => prefix + key;
