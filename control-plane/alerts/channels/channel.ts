import { randomBytes } from 'node:crypto';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../../context.ts';

export type ChannelKind = 'webhook' | 'mail' | 'slack';

/** Where alerts are told, as it may be shown. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  /** What of the address is no secret. */
  readonly target: string;
  readonly createdAt: Date;
  readonly secretUpdatedAt: Date;
  readonly deliveredAt: Date | null;
  readonly lastError: string;
  readonly waiting: number;
  readonly dead: number;
}

/** Where a channel leads. URLs are secrets: whoever knows one can write there. */
export type Target =
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'mail'; readonly addresses: readonly string[] };

/** What binds a sealed target to its channel. */
export const channelSealName = (channelId: string): string => `alert-channel:${channelId}`;

export const sealTarget = ({ installation }: Pick<Context, 'installation'>, id: string, target: Target): Buffer =>
  installation.seal(channelSealName(id), Buffer.from(JSON.stringify(target)));

/** Throws where it was sealed under another master key. */
export const unsealTarget = ({ installation }: Pick<Context, 'installation'>, id: string, sealed: Uint8Array): Target =>
  JSON.parse(installation.unseal(channelSealName(id), sealed).toString()) as Target; // sealTarget alone writes it

/** What of a target is no secret. */
export const shownTarget = (target: Target): string =>
  target.kind === 'mail' ? target.addresses.join(', ') : new URL(target.url).origin;

/** As receivers of standard webhooks take it: 256 bits after the prefix that says what it is. */
export const makeSigningSecret = (): Secret => new Secret(`whsec_${randomBytes(32).toString('base64')}`);
