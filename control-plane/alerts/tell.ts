import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import type { Alert, Member } from './alert.ts';
import { markMembersTold, readMembers, writeStanding } from './alert-store.ts';
import { queueDeliveries } from './deliveries/queue.ts';
import { messageOf, sentenceOf, type DeliveryEvent } from './message.ts';
import { kinds, type Kind } from './rules/kinds.ts';
import type { AlertRule } from './rules/rule.ts';

/** Who comes later into an alert that was told is told of no more often than this. */
const moreEveryMs = 900_000;

/** Writes down how alerts stand, ends those that are about nobody any more, and tells channels; answers how many it told of. */
export async function tell(
  sql: Sql,
  context: Pick<Context, 'config' | 'publicUrl'>,
  rules: readonly AlertRule[],
  alerts: readonly Alert[],
  at: Date,
): Promise<number> {
  const membersOf = Map.groupBy(
    await readMembers(
      sql,
      alerts.map(({ id }) => id),
    ),
    ({ alertId }) => alertId,
  );
  const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
  let told = 0;
  for (const alert of alerts) {
    const rule = ruleOf.get(alert.ruleId ?? '');
    if (!rule?.enabled) continue;
    const all = membersOf.get(alert.id) ?? [];
    const present = all.filter(({ leftAt }) => leftAt === null);
    const over = present.length === 0;
    const event = eventOf(kinds[alert.kind], rule, alert, present, at, context.config.heartbeatIntervalMs);
    const standing: Alert = {
      ...alert,
      sentence: sentenceOf(alert, over ? all : present, rule.holdMs),
      members: over ? all.length : present.length,
      toldAt: event ? at : alert.toldAt,
      resolvedAt: over ? at : null,
    };
    if (changed(alert, standing)) await writeStanding(sql, standing);
    if (!event) continue;
    const about = { firing: present, grown: present.filter((one) => !one.told), resolved: all }[event];
    await queueDeliveries(sql, standing, rule, messageOf(context.publicUrl, event, standing, about, rule.holdMs));
    await markMembersTold(sql, alert.id);
    told += 1;
  }
  if (told > 0) await announce(sql, 'delivery', ['*']);
  return told;
}

/** What channels are told of an alert now; undefined for nothing. */
function eventOf(
  { gathers, event: isEvent }: Kind,
  { tellResolved }: AlertRule,
  { startedAt, toldAt }: Alert,
  present: readonly Member[],
  at: Date,
  gatherMs: number,
): Exclude<DeliveryEvent, 'test'> | undefined {
  // What was over before anybody was told of it is no news.
  if (present.length === 0) return toldAt && tellResolved && !isEvent ? 'resolved' : undefined;
  // Machines report one after the other: within one heartbeat all have.
  const waitMs = gathers ? gatherMs : 0;
  if (toldAt === null) return at.getTime() - startedAt.getTime() >= waitMs ? 'firing' : undefined;
  const untold = present.filter((one) => !one.told).map(({ joinedAt }) => joinedAt.getTime());
  if (untold.length === 0 || at.getTime() - toldAt.getTime() < moreEveryMs) return undefined;
  return at.getTime() - Math.min(...untold) >= waitMs ? 'grown' : undefined;
}

const changed = (before: Alert, after: Alert): boolean =>
  before.sentence !== after.sentence ||
  before.members !== after.members ||
  before.toldAt?.getTime() !== after.toldAt?.getTime() ||
  after.resolvedAt !== null;
