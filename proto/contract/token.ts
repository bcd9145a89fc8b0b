import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from './secret.ts';

/** What a token is for; the word stands in the token itself. */
export const tokenKinds = ['join', 'hrt', 'org', 'team', 'mid', 'inv', 'ses', 'set', 'pwr', 'psi', 'gwy'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** A token in parts. `id` is public; `secret` is the whole token. */
export interface Token {
  readonly kind: TokenKind;
  readonly id: string;
  readonly secret: Secret;
  /** SHA-256 of the whole token, as it is stored. */
  readonly hash: Buffer;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 12;
/** 43 base-62 characters hold 256 bits. */
const secretLength = 43;
const checksumLength = 6;

/** Matches every token of ours, wherever it stands in a text. Loggers redact by it; secret scanners can. */
export const tokenPattern = new RegExp(
  `mst_(?:${tokenKinds.join('|')})_[0-9A-Za-z]{${idLength}}_[0-9A-Za-z]{${secretLength + checksumLength}}`,
  'g',
);

const wholeToken = new RegExp(
  `^mst_(${tokenKinds.join('|')})_([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${secretLength}}([0-9A-Za-z]{${checksumLength}})$`,
);

/** Mints a token: `mst_<kind>_<id12>_<secret43><crc6>`, base 62. */
export function mintToken(kind: TokenKind): Token {
  const body = `mst_${kind}_${randomText(idLength)}_${randomText(secretLength)}`;
  return tokenFrom(`${body}${checksum(body)}`, kind);
}

/** Reads a token. Answers undefined for anything that is malformed or mistyped; asks nobody. */
export function parseToken(text: string, kind?: TokenKind): Token | undefined {
  const match = wholeToken.exec(text);
  if (!match || checksum(text.slice(0, -checksumLength)) !== match[3]) return undefined;
  const found = match[1] as TokenKind; // the pattern admits nothing else
  return kind === undefined || kind === found ? tokenFrom(text, found) : undefined;
}

/** SHA-256 of a token, as it is stored and as a successor is proposed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A JWT, ours or a sign-in service's: what it says of itself is no secret without its signature. */
const jwtPattern = /(eyJ[\w-]{8,}\.eyJ[\w-]{8,})\.[\w-]{16,}/g;

/** What a signed link to a port carries: when it ends, and its signature. */
const linkPattern = /(\d{10})\.[\w-]{43}/g;

/** Replaces every token in a text by its public part, and the signatures of JWTs and signed links. */
export function redactTokens(text: string): string {
  let redacted = text;
  if (text.includes('mst_'))
    redacted = redacted.replace(tokenPattern, (token) => `${token.split('_').slice(0, 3).join('_')}_[secret]`);
  if (text.includes('eyJ')) redacted = redacted.replace(jwtPattern, '$1.[secret]');
  return redacted.replace(linkPattern, '$1.[secret]');
}

function tokenFrom(text: string, kind: TokenKind): Token {
  return { kind, id: text.split('_')[2]!, secret: new Secret(text), hash: hashToken(text) };
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let index = 0; index < checksumLength; index += 1) {
    text = alphabet[rest % alphabet.length] + text;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}
