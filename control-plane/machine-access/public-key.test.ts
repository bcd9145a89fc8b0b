import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Refusal } from '../errors.ts';
import { readPublicKey } from './public-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function makeKey(type: string, bits?: number) {
  made += 1;
  const file = join(folder, String(made));
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(bits ? ['-b', String(bits)] : []),
    '-N',
    '',
    '-C',
    'eve@laptop',
    '-f',
    file,
  ]);
  const [, fingerprint] = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ');
  return { line: readFileSync(`${file}.pub`, 'utf8'), fingerprint, file };
}

const ed25519 = makeKey('ed25519');

function refusalOf(text: string): Refusal {
  try {
    readPublicKey(text, 'public_key');
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

test.each([
  ['ed25519', undefined],
  ['ecdsa', 256],
  ['ecdsa', 384],
  ['ecdsa', 521],
  ['rsa', 2048],
] as const)(
  'a key that ssh-keygen makes (%s %s) is taken without its comment, with the fingerprint of ssh-keygen',
  (type, bits) => {
    const { line, fingerprint } = makeKey(type, bits);
    expect(readPublicKey(`\u{feff} ${line.trim()}\r\n`, 'public_key')).toEqual({
      publicKey: line.split(' ').slice(0, 2).join(' '),
      fingerprint,
    });
  },
);

test('a key that lives on a security key is taken', () => {
  const text = (part: string | Buffer) => {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat(['sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:'].map(text)).toString('base64');
  expect(readPublicKey(`sk-ssh-ed25519@openssh.com ${blob}`, 'public_key').publicKey).toContain(blob);
});

test.each([
  ['nothing', '', 'is empty'],
  ['a command in front', `command="rm -rf /" ${ed25519.line}`, 'options'],
  ['options in front', `restrict,pty ${ed25519.line}`, 'options'],
  ['two keys', `${ed25519.line}${ed25519.line}`, 'more than one line'],
  ['a newline within', ed25519.line.replace(' ', ' \n'), 'more than one line'],
  ['a zero byte', `${ed25519.line.trim()}\0`, 'more than one line'],
  ['a private key', readFileSync(ed25519.file, 'utf8'), 'private key'],
  ['a broken type', 'ssh-dss AAAAB3NzaC1kc3MAAACBAK', 'ssh-dss'],
  ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA', 'certificate'],
  ['an unknown type', 'ssh-ed448 AAAAC3NzaC1lZDQ0OA==', 'no known type'],
  ['a name of every object', 'constructor AAAA', 'no known type'],
  ['a type alone', 'ssh-ed25519', 'damaged'],
  ['no base64', 'ssh-ed25519 ????', 'damaged'],
  ['half a key', ed25519.line.split(' ').slice(0, 2).join(' ').slice(0, -8), 'damaged'],
  ['another type than the key’s own', ed25519.line.replace('ssh-ed25519', 'ssh-rsa'), 'damaged'],
  ['a short RSA key', makeKey('rsa', 1024).line, 'RSA key of 1024 bits'],
])('%s is refused with a sentence that names the field', (_, text, why) => {
  const refusal = refusalOf(text);
  expect(refusal.field).toBe('public_key');
  expect(refusal.message).toContain(why);
  expect(refusal.message).toMatch(/^The public key .+\.$/);
});
