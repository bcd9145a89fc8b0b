import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  AlertState,
  ChannelKind,
  DeliveryEvent,
  DeliveryState,
  type AlertKind,
  type AlertMemberSchema,
  type AlertRuleSchema,
  type AlertSchema,
  type ChannelSchema,
  type DeliverySchema,
} from '#proto/muster/v1/alert_pb.js';
import type { Alert, Member } from './alert.ts';
import type { Channel } from './channels/channel.ts';
import type { Delivery } from './deliveries/store.ts';
import { kindNames, kinds } from './rules/kinds.ts';
import type { AlertRule, KindName } from './rules/rule.ts';

const states = { firing: AlertState.FIRING, resolved: AlertState.RESOLVED } as const;
const channelKinds = { webhook: ChannelKind.WEBHOOK, mail: ChannelKind.MAIL, slack: ChannelKind.SLACK } as const;
const events = {
  firing: DeliveryEvent.FIRING,
  grown: DeliveryEvent.GROWN,
  resolved: DeliveryEvent.RESOLVED,
  test: DeliveryEvent.TEST,
} as const;
const deliveryStates = {
  waiting: DeliveryState.WAITING,
  delivered: DeliveryState.DELIVERED,
  dead: DeliveryState.DEAD,
} as const;

const keyOf = <Key extends string, Value>(table: Readonly<Record<Key, Value>>, value: Value): Key | undefined =>
  (Object.keys(table) as Key[]).find((key) => table[key] === value); // the table names every key

/** Undefined where all are asked for. */
export const stateFrom = (state: AlertState): Alert['state'] | undefined => keyOf(states, state);
/** Undefined where all are asked for. */
export const deliveryStateFrom = (state: DeliveryState): Delivery['state'] | undefined => keyOf(deliveryStates, state);
/** Undefined for what this version does not know. */
export const kindFrom = (wire: AlertKind): KindName | undefined => kindNames.find((name) => kinds[name].wire === wire);

const moment = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

export const ruleToProto = (rule: AlertRule): MessageInitShape<typeof AlertRuleSchema> => {
  const { wire, watches, has } = kinds[rule.kind];
  return {
    id: rule.id,
    name: rule.name,
    kind: wire,
    hold: durationFromMs(rule.holdMs),
    repository: rule.repository,
    labels: rule.labels,
    channelIds: [...rule.channelIds],
    enabled: rule.enabled,
    tellResolved: rule.tellResolved,
    sentence: watches(rule.holdMs),
    firing: rule.firing,
    updatedAt: timestampFromDate(rule.updatedAt),
    hasHold: has.hold,
    hasRepository: has.repository,
    hasLabels: has.labels,
  };
};

export const alertToProto = (alert: Alert, members: readonly Member[]): MessageInitShape<typeof AlertSchema> => ({
  id: alert.id,
  ruleId: alert.ruleId ?? '',
  ruleName: alert.ruleName,
  kind: kinds[alert.kind].wire,
  state: states[alert.state],
  sentence: alert.sentence,
  repository: alert.repository,
  sha: alert.sha,
  startedAt: timestampFromDate(alert.startedAt),
  resolvedAt: moment(alert.resolvedAt),
  toldAt: moment(alert.toldAt),
  memberCount: alert.members,
  members: members.map(memberToProto),
});

const memberToProto = (member: Member): MessageInitShape<typeof AlertMemberSchema> => ({
  hostId: member.hostId,
  name: member.name,
  component: member.component,
  sentence: member.sentence,
  since: timestampFromDate(member.since),
  leftAt: moment(member.leftAt),
});

export const channelToProto = (channel: Channel): MessageInitShape<typeof ChannelSchema> => ({
  id: channel.id,
  name: channel.name,
  kind: channelKinds[channel.kind],
  target: channel.target,
  createdAt: timestampFromDate(channel.createdAt),
  secretUpdatedAt: timestampFromDate(channel.secretUpdatedAt),
  deliveredAt: moment(channel.deliveredAt),
  lastError: channel.lastError,
  waiting: channel.waiting,
  dead: channel.dead,
});

export const deliveryToProto = (delivery: Delivery): MessageInitShape<typeof DeliverySchema> => ({
  id: delivery.id,
  channelId: delivery.channelId ?? '',
  channelName: delivery.channelName,
  recipient: delivery.recipient,
  alertId: delivery.alertId ?? '',
  event: events[delivery.event],
  title: delivery.title,
  state: deliveryStates[delivery.state],
  attempts: delivery.attempts,
  lastError: delivery.lastError,
  createdAt: timestampFromDate(delivery.createdAt),
  nextAttemptAt: delivery.state === 'waiting' ? timestampFromDate(delivery.nextAttemptAt) : undefined,
  deliveredAt: moment(delivery.deliveredAt),
});
