import { Code } from '@connectrpc/connect';
import type { Secret } from '#contract/secret.ts';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';

const maxAgeSeconds = 30 * 86_400;

interface SessionCookie {
  readonly name: string;
  readonly attributes: string;
}

/**
 * The cookie that carries a session. Behind TLS it is bound to the host and sent over TLS only. On loopback the name
 * carries the port, because cookies do not know ports: two installations on one machine stay apart.
 */
export function sessionCookie(publicUrl: string): SessionCookie {
  const { protocol, port } = new URL(publicUrl);
  return protocol === 'https:'
    ? { name: '__Host-muster', attributes: 'Path=/; HttpOnly; SameSite=Lax; Secure' }
    : { name: `muster-loopback-${port || '80'}`, attributes: 'Path=/; HttpOnly; SameSite=Lax' };
}

/** The cookie that carries a pending sign-in: sent to this site alone, and never the session's. */
export function pendingCookie(publicUrl: string): SessionCookie {
  const { name, attributes } = sessionCookie(publicUrl);
  return { name: `${name}-sign-in`, attributes: attributes.replace('SameSite=Lax', 'SameSite=Strict') };
}

/** The header that hands a pending sign-in to the browser. */
export function setPendingCookie(publicUrl: string, token: Secret, lifeSeconds: number): string {
  const { name, attributes } = pendingCookie(publicUrl);
  return `${name}=${token.reveal()}; ${attributes}; Max-Age=${lifeSeconds}`;
}

/** The header that takes it away again. */
export function clearPendingCookie(publicUrl: string): string {
  const { name, attributes } = pendingCookie(publicUrl);
  return `${name}=; ${attributes}; Max-Age=0`;
}

/** The header that hands a session to the browser. */
export function setCookie(publicUrl: string, token: Secret): string {
  const { name, attributes } = sessionCookie(publicUrl);
  return `${name}=${token.reveal()}; ${attributes}; Max-Age=${maxAgeSeconds}`;
}

/** The header that takes it away again. */
export function clearCookie(publicUrl: string): string {
  const { name, attributes } = sessionCookie(publicUrl);
  return `${name}=; ${attributes}; Max-Age=0`;
}

/** Refuses to handle a password or a session cookie that would cross a network in the clear. */
export function requireSafeTransport({ publicUrl, origin }: Pick<Context, 'publicUrl' | 'origin'>): void {
  if (publicUrl.startsWith('https:') || origin.loopback) return;
  throw new Refusal(
    Code.FailedPrecondition,
    Reason.TLS_REQUIRED,
    'Signing in over plain HTTP is possible only on the machine itself.',
    {
      help: 'Put TLS in front and set MUSTER_PUBLIC_URL to the https address, or open the console as http://localhost on the machine.',
    },
  );
}
