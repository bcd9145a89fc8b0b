import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import type { Alert } from './alert.ts';
import { endAlertsOf, insertAlert, joinMembers, leaveMembers, readFiring, wasTold } from './alert-store.ts';
import { dropConditions, lockSample, markSampled, readConditions, writeConditions } from './condition-store.ts';
import type { Facts } from './facts.ts';
import { judgeRule, type Condition, type Sample } from './rules/judge.ts';
import { kinds } from './rules/kinds.ts';
import type { Sighting } from './rules/look.ts';
import type { AlertRule } from './rules/rule.ts';
import { readRules } from './rules/store.ts';
import { tell } from './tell.ts';

export interface SampleResult {
  readonly firing: number;
  readonly opened: number;
  readonly told: number;
}

/** Samples that are closer together than this part of the interval are one: two replicas may take turns. */
const leastShare = 1 / 2;
/** After so many intervals without a sample, and a minute at least, what waits begins anew. */
const interruptedAfter = 6;
const interruptedMs = 60_000;

/**
 * Compares the rules with the facts and writes down what fires, what is over and who is told: all in one transaction, so
 * that it can be killed at any line. Facts that are no newer than the last sample change nothing.
 */
export function sampleAlerts(context: Context, facts: Facts): Promise<SampleResult | { skipped: string }> {
  const { alertIntervalMs } = context.config;
  return context.transaction(async (sql) => {
    const last = await lockSample(sql);
    const sinceLastMs = last ? facts.at.getTime() - last.getTime() : Infinity;
    if (sinceLastMs < alertIntervalMs * leastShare) return { skipped: 'another replica has just looked' };
    await markSampled(sql, facts.at);
    const rules = await readRules(sql);
    const before = Map.groupBy(await readConditions(sql), ({ ruleId }) => ruleId);
    const firing = await readFiring(sql);
    const sample = {
      at: facts.at,
      interrupted: sinceLastMs > Math.max(alertIntervalMs * interruptedAfter, interruptedMs),
    };
    let opened: Alert[] = [];
    for (const rule of rules) {
      if (!rule.enabled || (facts.inGrace && kinds[rule.kind].aboutSilence)) continue;
      const known = {
        conditions: before.get(rule.id) ?? [],
        firing: firing.filter(({ ruleId }) => ruleId === rule.id),
      };
      opened = [...opened, ...(await applyRule(sql, rule, facts, known, sample))];
    }
    // A rule that went while it was looked at leaves nothing behind.
    for (const rule of rules) if (!rule.enabled && rule.firing > 0) await endAlertsOf(sql, rule.id);
    await endAlertsOf(sql, null);
    const told = await tell(sql, context, rules, [...firing, ...opened], facts.at);
    return { firing: firing.length + opened.length, opened: opened.length, told };
  });
}

interface Known {
  readonly conditions: readonly Condition[];
  readonly firing: readonly Alert[];
}

/** Brings the alerts of one rule forward; answers those that are new. */
async function applyRule(sql: Sql, rule: AlertRule, facts: Facts, known: Known, sample: Sample): Promise<Alert[]> {
  const kind = kinds[rule.kind];
  const { changed, dropped, fired, left } = judgeRule(rule, kind, kind.look(facts, rule), known.conditions, sample);
  const { opened, alertOf } = await openAlerts(sql, rule, fired, known.firing, sample.at);
  const alertIdOf = new Map(fired.map((one) => [one.subject, alertOf.get(one.digest) ?? null]));
  const placed = new Map(changed.map((one) => [one.subject, one]));
  const previous = new Map(known.conditions.map((one) => [one.subject, one]));
  for (const [subject, alertId] of alertIdOf) {
    const condition = placed.get(subject) ?? previous.get(subject);
    if (condition && alertId) placed.set(subject, { ...condition, alertId });
  }
  await writeConditions(sql, rule.id, [...placed.values()]);
  await dropConditions(sql, rule.id, dropped);
  await joinMembers(
    sql,
    fired.flatMap((one) => {
      const [alertId, condition] = [alertIdOf.get(one.subject), placed.get(one.subject)];
      return alertId && condition ? [{ ...one, alertId, since: condition.since, joinedAt: sample.at }] : [];
    }),
  );
  const gone = left.flatMap(({ alertId, subject }) => (alertId ? [{ alertId, subject }] : []));
  await leaveMembers(sql, gone, sample.at);
  return opened;
}

/** The alert of each digest that begins to fire: the one that fires already, or a new one. */
async function openAlerts(
  sql: Sql,
  rule: AlertRule,
  fired: readonly Sighting[],
  firing: readonly Alert[],
  at: Date,
): Promise<{ opened: Alert[]; alertOf: ReadonlyMap<string, string> }> {
  const alertOf = new Map(firing.map((alert) => [alert.digest, alert.id]));
  const opened: Alert[] = [];
  for (const { digest, repository, sha } of fired) {
    if (alertOf.has(digest)) continue;
    if (kinds[rule.kind].event && (await wasTold(sql, rule.id, digest))) continue;
    const { id: ruleId, name: ruleName, kind } = rule;
    const alert = { id: newId('alert'), ruleId, ruleName, kind, digest, repository, sha, startedAt: at };
    await insertAlert(sql, alert);
    alertOf.set(digest, alert.id);
    opened.push({ ...alert, state: 'firing', sentence: '', members: 0, toldAt: null, resolvedAt: null });
  }
  return { opened, alertOf };
}
