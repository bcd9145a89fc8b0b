import { expect, test } from 'vitest';
import { mintToken, parseToken, redactTokens, tokenKinds, tokenPattern } from './token.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

test.each(tokenKinds)('a minted token of the kind %s is read again, as that kind alone', (kind) => {
  const minted = mintToken(kind);
  const text = minted.secret.reveal();
  expect(parseToken(text)).toEqual(minted);
  expect(parseToken(text, kind)?.id).toBe(minted.id);
  for (const other of tokenKinds) expect(parseToken(text, other)?.kind).toBe(other === kind ? kind : undefined);
});

test('a token with one wrong character, wherever it stands and whatever it is, is none', () => {
  const text = mintToken('team').secret.reveal();
  for (let at = 0; at < text.length; at += 1) {
    for (const wrong of alphabet.split('').concat('_', '-', ' ', 'é', '\n')) {
      if (wrong === text[at]) continue;
      expect(parseToken(`${text.slice(0, at)}${wrong}${text.slice(at + 1)}`)).toBeUndefined();
    }
  }
});

test('a token that lacks a character, has one too many, or two of them swapped is none', () => {
  const text = mintToken('org').secret.reveal();
  for (let at = 0; at < text.length; at += 1) {
    expect(parseToken(text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
    expect(parseToken(`${text.slice(0, at)}x${text.slice(at)}`)).toBeUndefined();
    const swapped = `${text.slice(0, at)}${text[at + 1] ?? ''}${text[at]}${text.slice(at + 2)}`;
    expect(parseToken(swapped)?.secret.reveal() ?? text).toBe(text);
  }
  expect(parseToken(` ${text}`)).toBeUndefined();
  expect(parseToken(`${text}\n`)).toBeUndefined();
});

test('what a log line holds of tokens, JWTs and signed links is their public part', () => {
  const { secret, id } = mintToken('mid');
  const jwt = ['{"alg":"EdDSA"}', '{"sub":"user0123"}', 'x'.repeat(64)].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  const link = `1763785968.${'aZ09_-x'.repeat(7).slice(0, 43)}`;
  const line = (...of: string[]) => JSON.stringify({ text: `Bearer ${of[0]}, then ${of[1]}`, path: `/~${of[2]}/?a=1` });
  expect(redactTokens(line(secret.reveal(), jwt.join('.'), link))).toBe(
    line(`mst_mid_${id}_[secret]`, `${jwt[0]}.${jwt[1]}.[secret]`, '1763785968.[secret]'),
  );
  expect(secret.reveal().match(tokenPattern)).toEqual([secret.reveal()]);
  const plain = '{"time":"2026-01-01T00:00:00.123Z","ms":1763785968.25,"host":"eyJ.example.org"}';
  expect(redactTokens(plain)).toBe(plain);
});
