import type { Alert, Member } from './alert.ts';
import { kinds } from './rules/kinds.ts';

export type DeliveryEvent = 'firing' | 'grown' | 'resolved' | 'test';

/** What a channel is told; kept with the delivery, so that every attempt says the same. */
export interface Message {
  readonly event: DeliveryEvent;
  /** The first line. */
  readonly title: string;
  /** Where people see more. */
  readonly url: string;
  readonly alert?: {
    readonly id: string;
    readonly rule: string;
    readonly kind: Alert['kind'];
    readonly sentence: string;
    readonly repository: string;
    readonly sha: string;
    readonly startedAt: string;
    readonly resolvedAt: string | null;
    /** How many it is about: those who are in it, new in it, or were in it. */
    readonly memberCount: number;
    /** The first of them. */
    readonly members: readonly MessageMember[];
  };
}

export interface MessageMember {
  readonly hostId: string;
  readonly name: string;
  readonly component: string;
  readonly sentence: string;
  readonly since: string;
}

/** More than that nobody reads in a message. */
const mostMembers = 20;

/** The sentence of an alert about these members. */
export const sentenceOf = (alert: Alert, members: readonly Member[], holdMs: number): string =>
  kinds[alert.kind].says({ ...alert, holdMs, names: members.map(({ name }) => name) });

const beginnings = { firing: '', grown: 'More: ', resolved: 'Over: ' } as const;

/** What is told of an alert; `members` are those whom the event is about. */
export function messageOf(
  publicUrl: string,
  event: Exclude<DeliveryEvent, 'test'>,
  alert: Alert,
  members: readonly Member[],
  holdMs: number,
): Message {
  const sentence = sentenceOf(alert, members, holdMs);
  return {
    event,
    title: `${beginnings[event]}${sentence}`,
    url: `${publicUrl}/alerts?alert=${alert.id}`,
    alert: {
      id: alert.id,
      rule: alert.ruleName,
      kind: alert.kind,
      sentence,
      repository: alert.repository,
      sha: alert.sha,
      startedAt: alert.startedAt.toISOString(),
      resolvedAt: alert.resolvedAt?.toISOString() ?? null,
      memberCount: members.length,
      members: members.slice(0, mostMembers).map(({ hostId, name, component, sentence: why, since }) => ({
        hostId,
        name,
        component,
        sentence: why,
        since: since.toISOString(),
      })),
    },
  };
}

/** What somebody sends who tries a channel. */
export const testMessage = (publicUrl: string, channel: string): Message => ({
  event: 'test',
  title: `Muster reaches the channel “${channel}”. This is a test; nothing is wrong.`,
  url: `${publicUrl}/alerts`,
});
