import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { TokenKind } from '#contract/token.ts';
import { Refusal, unauthenticated } from '../errors.ts';
import type { Person } from '../sso/index.ts';

/** What a request presents, before anybody has looked whether it is worth anything. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly value: string }
  | { readonly kind: 'bearer'; readonly value: string }
  | { readonly kind: 'key'; readonly value: string; readonly allowed: readonly TokenKind[] }
  | { readonly kind: 'person'; readonly person: Person };

/** Headers in which a key stands, and of which kind it may be. */
const keyHeaders: readonly (readonly [name: string, allowed: readonly TokenKind[]])[] = [
  ['x-api-key', ['org', 'team']],
  ['open-sandbox-api-key', ['team']],
];
/** Tokens of ours that stand in an Authorization header as they are. */
const bearerKinds: readonly TokenKind[] = ['org', 'mid'];

/** What a request may present besides headers with a secret in them. */
interface Ambient {
  /** The session's cookie; undefined where there are no sessions, so that one of earlier times counts for nothing. */
  readonly cookieName: string | undefined;
  /** Whom the sign-in proxy names. */
  readonly person?: Person | undefined;
}

/** The one credential of a request. Two at once are refused: nobody should have to guess which one counted. */
export function readCredential(
  header: (name: string) => string | undefined,
  { cookieName, person }: Ambient,
): Credential {
  const cookie = cookieName === undefined ? undefined : readCookie(header('cookie') ?? '', cookieName);
  const authorization = header('authorization');
  const keys = keyHeaders.flatMap(([name, allowed]) => {
    const value = header(name);
    return value === undefined ? [] : [{ kind: 'key', value: value.trim(), allowed } as const];
  });
  const presented = [cookie, authorization, person].filter((one) => one !== undefined).length + keys.length;
  if (presented > 1) {
    throw new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'The request presents more than one credential.', {
      help: person
        ? 'Send exactly one: the sign-in proxy must not name a person in a request that carries a key or a token.'
        : 'Send exactly one: the session cookie, an Authorization header or an API key.',
    });
  }
  const [key] = keys;
  if (key) return key;
  if (person) return { kind: 'person', person };
  if (authorization !== undefined) {
    const [, value] = /^bearer +([^\s]+)$/i.exec(authorization) ?? [];
    if (value === undefined) throw unauthenticated();
    return value.startsWith('mst_') ? { kind: 'key', value, allowed: bearerKinds } : { kind: 'bearer', value };
  }
  return cookie === undefined ? { kind: 'none' } : { kind: 'cookie', value: cookie };
}

/** One cookie of a request; undefined where it is not there, or empty. */
export function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name && value?.trim()) return value.trim();
  }
  return undefined;
}
