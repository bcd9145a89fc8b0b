import { createHash } from 'node:crypto';
import { invalidField } from '../errors.ts';

/** An SSH public key as we keep it. */
export interface PublicKey {
  /** Type and key, without a comment. */
  readonly publicKey: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** What the fields behind the name of the type have to be; undefined where they are well, else what is wrong. */
type Check = (fields: readonly Buffer[]) => string | undefined;

const leastRsaBits = 2048;
const mostRsaBits = 16_384;
const damaged = 'is damaged: copy the whole line of the .pub file';

const ofLength =
  (...lengths: readonly number[]): Check =>
  (fields) =>
    fields.length === lengths.length && fields.every((field, at) => field.length === lengths[at]) ? undefined : damaged;

/** A point of a curve, not compressed, after the curve's name. */
const onCurve =
  (curve: string, coordinateBytes: number): Check =>
  ([name, point, ...rest]) =>
    rest.length === 0 && name?.toString() === curve && point?.length === 1 + 2 * coordinateBytes && point[0] === 4
      ? undefined
      : damaged;

const rsa: Check = ([exponent, modulus, ...rest]) => {
  if (!exponent || !modulus || rest.length > 0 || (modulus[0] ?? 128) >= 128) return damaged;
  const digits = modulus[0] === 0 ? modulus.subarray(1) : modulus;
  const bits = digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
  if (bits < leastRsaBits)
    return `is an RSA key of ${bits} bits, which is too short: make one with ssh-keygen -t ed25519, or of at least ${leastRsaBits} bits`;
  return bits > mostRsaBits || isEven(exponent) || isEven(modulus) || exponent.equals(one) ? damaged : undefined;
};
const isEven = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 0;
const one = Buffer.from([1]);

/** On a security key: the same as without, then the application that it is for. */
const withApplication =
  (check: Check): Check =>
  (fields) =>
    (fields.at(-1)?.length ?? 0) > 0 ? check(fields.slice(0, -1)) : damaged;

const types: Readonly<Record<string, Check>> = {
  'ssh-ed25519': ofLength(32),
  'ecdsa-sha2-nistp256': onCurve('nistp256', 32),
  'ecdsa-sha2-nistp384': onCurve('nistp384', 48),
  'ecdsa-sha2-nistp521': onCurve('nistp521', 66),
  'ssh-rsa': rsa,
  'sk-ssh-ed25519@openssh.com': withApplication(ofLength(32)),
  'sk-ecdsa-sha2-nistp256@openssh.com': withApplication(onCurve('nistp256', 32)),
};

/**
 * Reads one line of a `.pub` file; what stands around it (a byte order mark, blanks, the end of the line) is taken off, and
 * its comment is dropped. Throws `invalid_argument` with a sentence that names the field.
 */
export function readPublicKey(text: string, field: string): PublicKey {
  const refuse = (why: string) => invalidField(field, `The public key ${why}.`);
  const line = text.replace(/^\u{feff}/u, '').trim();
  if (line === '') throw refuse('is empty: paste the line of a .pub file');
  if (line.includes('PRIVATE KEY'))
    throw refuse('is a private key, which nobody else may have: paste the line of the file that ends in .pub');
  // No key of ours is in it, so it may stand in the answer.
  if (/\p{Cc}/u.test(line.replaceAll('\t', ' '))) throw refuse('has more than one line: paste one key at a time');
  const [type = '', base64 = ''] = line.split(/[ \t]+/);
  const check = Object.hasOwn(types, type) ? types[type] : undefined;
  if (!check) throw refuse(whyNot(type, line));
  const blob = Buffer.from(base64, 'base64');
  if (base64 === '' || blob.toString('base64') !== base64) throw refuse(damaged);
  const [name, ...fields] = fieldsOf(blob) ?? [];
  const problem = name?.toString() === type ? check(fields) : damaged;
  if (problem !== undefined) throw refuse(problem);
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { publicKey: `${type} ${base64}`, fingerprint: `SHA256:${digest}` };
}

function whyNot(type: string, line: string): string {
  if (type.includes('-cert-')) return 'is a certificate: paste the key that it certifies';
  if (type === 'ssh-dss') return 'is of the type ssh-dss, which is broken: make one with ssh-keygen -t ed25519';
  // Some type stands in it, but not at the beginning.
  if (Object.keys(types).some((known) => line.includes(`${known} `)))
    return 'has something in front of its type: options are not taken here, paste the type and what follows';
  return `is of no known type: it begins with ${Object.keys(types).slice(0, -2).join(', ')}, or with sk- for a security key`;
}

/** What an SSH key is made of: texts, each behind its length. Undefined where that does not add up. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const end = at + 4 + (at + 4 <= blob.length ? blob.readUInt32BE(at) : Number.POSITIVE_INFINITY);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
