import type { MessageInitShape } from '@bufbuild/protobuf';
import { ChannelKind, type CreateChannelRequestSchema } from '#proto/muster/v1/alert_pb.js';

/** What the form of a channel holds. */
export interface ChannelValues extends Record<string, unknown> {
  name: string;
  kind: ChannelKind;
  url: string;
  addresses: string;
  rotate_secret: boolean;
}

type Target = NonNullable<MessageInitShape<typeof CreateChannelRequestSchema>['target']>;

/** Mail addresses in a text, one a line or separated by commas. */
export const addressesIn = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** Where it leads; undefined where the address stays as it is. */
export function targetOf({ kind, url, addresses }: ChannelValues): Target | undefined {
  if (kind === ChannelKind.MAIL) return { case: 'mail', value: { addresses: addressesIn(addresses) } };
  if (url.trim() === '') return undefined;
  return { case: kind === ChannelKind.SLACK ? 'slack' : 'webhook', value: { url: url.trim() } };
}
