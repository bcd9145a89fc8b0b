import { timingSafeEqual } from 'node:crypto';
import type { Services } from '../context.ts';

/** A port of a sandbox. */
export interface Port {
  readonly sandboxId: string;
  readonly port: number;
}

/** What opens a port until a moment, as it stands in links and cookies: `1763785968.` and 43 characters. */
export const linkPattern = '\\d{10}\\.[A-Za-z0-9_-]{43}';

/** Makes one. Bound to sandbox, port and time; whoever has it can use the port. */
export function signLink(services: Pick<Services, 'installation'>, port: Port, expiresAt: Date): string {
  const seconds = Math.floor(expiresAt.getTime() / 1000);
  return `${seconds}.${signatureOf(services, port, seconds).toString('base64url')}`;
}

/** When a link for this port ends; undefined where it is not ours, for something else, or over. */
export function verifyLink(
  services: Pick<Services, 'installation' | 'clock'>,
  port: Port,
  link: string,
): Date | undefined {
  const [, seconds, signature] = /^(\d{10})\.([A-Za-z0-9_-]{43})$/.exec(link) ?? [];
  if (seconds === undefined || signature === undefined) return undefined;
  const genuine = timingSafeEqual(signatureOf(services, port, Number(seconds)), Buffer.from(signature, 'base64url'));
  const expiresAt = new Date(Number(seconds) * 1000);
  return genuine && expiresAt.getTime() > services.clock.now() ? expiresAt : undefined;
}

const signatureOf = ({ installation }: Pick<Services, 'installation'>, { sandboxId, port }: Port, seconds: number) =>
  installation.mac('endpoint-link', [installation.id, sandboxId, port, seconds].join('\n'));
