import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '#contract/secret.ts';
import { headerOf, type NodeRequest } from '../../server/http-types.ts';

/** What a forge says beside the body. */
export interface Delivery {
  /** Its id for the delivery; the same when it is sent again. Empty where it names none. */
  readonly id: string;
  /** `push`, `ping`, … */
  readonly event: string;
  /** Whose headers it has. */
  readonly forge: (typeof forges)[number] | undefined;
  /** HMAC-SHA256 of the raw body. */
  readonly signature: Buffer | undefined;
}

/** Forgejo and Gitea send GitHub's headers, too; their own come first. */
const forges = ['forgejo', 'gitea', 'github'] as const;

export function deliveryOf(request: NodeRequest): Delivery {
  const first = (name: string) =>
    forges.map((forge) => headerOf(request, `x-${forge}-${name}`)).find((value) => value !== undefined) ?? '';
  const forge = forges.find((name) => headerOf(request, `x-${name}-event`) !== undefined);
  const signature = headerOf(request, 'x-hub-signature-256')?.replace(/^sha256=/, '') ?? first('signature');
  return {
    forge,
    id: /^[\w-]{1,100}$/.test(first('delivery')) ? first('delivery') : '',
    event: /^[a-z_]{1,50}$/.test(first('event')) ? first('event') : '',
    signature: /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : undefined,
  };
}

/** In constant time. */
export function isSigned({ signature }: Delivery, body: Uint8Array, secret: Secret): boolean {
  const expected = createHmac('sha256', secret.reveal()).update(body).digest();
  return signature !== undefined && timingSafeEqual(signature, expected);
}
