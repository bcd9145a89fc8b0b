import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../errors.ts';

/**
 * Refuses what another site makes a browser send in its user's name: scheme, host and port must be the console's own.
 * Programs send neither header; what they present was presented on purpose.
 */
export function requireOwnOrigin(header: (name: string) => string | undefined, publicUrl: string): void {
  const origin = header('origin');
  const site = header('sec-fetch-site');
  const own =
    origin === undefined
      ? site === undefined || site === 'same-origin' || site === 'none'
      : ownOrigins(publicUrl).includes(origin);
  if (own) return;
  throw new Refusal(
    Code.PermissionDenied,
    Reason.BAD_ORIGIN,
    `This request comes from a page of ${origin ?? 'another site'}, not from this console.`,
    {
      help: `Open the console at ${publicUrl}.`,
    },
  );
}

/** A loopback console is opened by any of its names. */
function ownOrigins(publicUrl: string): string[] {
  const { protocol, hostname, port, origin } = new URL(publicUrl);
  const names = ['localhost', '127.0.0.1', '[::1]'];
  if (!names.includes(hostname)) return [origin];
  return names.map((name) => `${protocol}//${name}${port && `:${port}`}`);
}
