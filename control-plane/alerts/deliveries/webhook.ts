import { createHmac } from 'node:crypto';
import type { Message } from '../message.ts';

/** A message as it goes over HTTP. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = { 'content-type': 'application/json' } as const;

/**
 * A message as standard webhooks have it (https://www.standardwebhooks.com): signed with the time over id, time and body.
 * The id is the same at every attempt: receivers know by it what they have taken already.
 */
export function webhookMessage(id: string, message: Message, secret: string, nowMs: number): HttpMessage {
  const body = JSON.stringify({ type: `alert.${message.event}`, ...message });
  const timestamp = String(Math.floor(nowMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      ...json,
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
      'idempotency-key': id,
    },
    body,
  };
}

const shown = 10;

/** A message as Slack takes it, and whoever is compatible with it. */
export function slackMessage({ event, title, url, alert }: Message): HttpMessage {
  const about = event === 'resolved' ? [] : (alert?.members ?? []).slice(0, shown);
  const lines = about.map(
    ({ name, component, sentence }) =>
      `• *${escaped(name)}*${component && ` ${escaped(component)}`}: ${escaped(sentence)}`,
  );
  const rest = event === 'resolved' ? 0 : (alert?.memberCount ?? 0) - about.length;
  const more = rest > 0 ? [`… and ${rest} more.`] : [];
  return {
    headers: json,
    body: JSON.stringify({ text: [escaped(title), ...lines, ...more, `<${url}|Open in Muster>`].join('\n') }),
  };
}

/** Names and probes' words must not become mentions or links. */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*~`\n]/g, ' ');
