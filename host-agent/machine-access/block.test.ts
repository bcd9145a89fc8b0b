import { expect, test } from 'vitest';
import { keyLine, withLines, type WantedKey } from './block.ts';

const host = 'host0123456789abcdef';
const key: WantedKey = { id: 'skey0123456789abcdef', kind: 'support', publicKey: 'ssh-ed25519 AAAA' };
const line = keyLine(host, key, { saysEnd: true });
const block = withLines('', host, [line]);
const foreign = 'ssh-rsa BBBB ada@laptop';

test('a line says the end in UTC where sshd takes that, and nothing else than the key where not', () => {
  const ending = { ...key, expiresAtMs: Date.UTC(2031, 0, 2, 3, 4, 5, 678) };
  expect(keyLine(host, ending, { saysEnd: true })).toBe(
    `expiry-time="20310102030405Z" ssh-ed25519 AAAA muster:${host}:${key.id}`,
  );
  expect(keyLine(host, ending, { saysEnd: false })).toBe(line);
});

test('our lines come behind the others, even behind one without an end, and go without a trace', () => {
  expect(withLines(`${foreign}\r\n\n# mine`, host, [line])).toBe(`${foreign}\r\n\n# mine\n${block}`);
  expect(withLines(`${foreign}\n${block}`, host, [])).toBe(`${foreign}\n`);
  expect(withLines(`${foreign}\n`, host, [])).toBe(`${foreign}\n`);
});

test('they stay where they are, whatever stands around them; what somebody writes between them goes', () => {
  const content = `# \xff\n${block}${foreign}\n`;
  expect(withLines(content, host, [line])).toBe(content);
  const [begin, , end] = block.trimEnd().split('\n');
  expect(withLines(`${foreign}\n${begin}\nssh-rsa EVIL\n${line}\n${end}\n# last\n`, host, [line])).toBe(
    `${foreign}\n${block}# last\n`,
  );
});

test('a block that was cut in two leaves no key of ours behind, and takes no line of others with it', () => {
  const [begin, , end] = block.trimEnd().split('\n');
  expect(withLines(`${begin}\n${line}\n${foreign}\n`, host, [])).toBe(`${foreign}\n`);
  expect(withLines(`${foreign}\n${line}\n${end}\n`, host, [])).toBe(`${foreign}\n`);
  expect(withLines(`${begin}\n${foreign}\n${block}`, host, [line])).toBe(`${block}${foreign}\n`);
});

test('the lines of another agent on this machine are others’', () => {
  const other = withLines('', 'host00000000000other', [keyLine('host00000000000other', key, { saysEnd: false })]);
  expect(withLines(other, host, [line])).toBe(other + block);
  expect(withLines(other + block, host, [])).toBe(other);
});
