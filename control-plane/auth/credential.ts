import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal, unauthenticated } from '../errors.ts';

/** What a request presents, before anybody has looked whether it is worth anything. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly value: string }
  | { readonly kind: 'bearer'; readonly value: string };

/** Headers in which some credential stands. */
const keyHeaders = ['x-api-key', 'open-sandbox-api-key'];

/** The one credential of a request. Two at once are refused: nobody should have to guess which one counted. */
export function readCredential(header: (name: string) => string | undefined, cookieName: string): Credential {
  const cookie = readCookie(header('cookie') ?? '', cookieName);
  const authorization = header('authorization');
  const keys = keyHeaders.filter((name) => header(name) !== undefined);
  const presented = Number(cookie !== undefined) + Number(authorization !== undefined) + keys.length;
  if (presented > 1) {
    throw new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'The request presents more than one credential.', {
      help: 'Send exactly one: the session cookie or an Authorization header.',
    });
  }
  if (keys.length > 0) throw unauthenticated();
  if (authorization !== undefined) {
    const [, value] = /^bearer +([^\s]+)$/i.exec(authorization) ?? [];
    if (value === undefined) throw unauthenticated();
    return { kind: 'bearer', value };
  }
  return cookie === undefined ? { kind: 'none' } : { kind: 'cookie', value: cookie };
}

function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name && value?.trim()) return value.trim();
  }
  return undefined;
}
