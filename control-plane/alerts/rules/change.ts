import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { newId, violatesUnique, type Sql } from '../../database/index.ts';
import { invalidField, nameTaken, notFound } from '../../errors.ts';
import { countChannels } from '../channels/store.ts';
import { endAlertsOf } from '../alert-store.ts';
import { forgetConditions } from '../condition-store.ts';
import { kinds } from './kinds.ts';
import type { AlertRule, KindName } from './rule.ts';
import { deleteRule, insertRule, lockRule, writeRule, type RuleSettings } from './store.ts';

/** Makes a rule; answers its id. Throws NAME_TAKEN, NOT_FOUND (a channel), INVALID_FIELD. */
export async function createRule(context: Context, kind: KindName, settings: RuleSettings): Promise<string> {
  const id = newId('rule');
  await inNamedTransaction(context, settings.name, async (sql) => {
    checkSettings(kind, settings);
    await requireChannels(sql, settings.channelIds);
    await insertRule(sql, { id, kind, ...settings, createdBy: context.caller.actor });
    await recordAudit(sql, context, { action: 'alert_rule.create', target: id, after: { kind, ...settings } });
  });
  return id;
}

/** Changes a rule. What fires by one that is switched off is over, without a word: nobody knows whether all is well. */
export function updateRule(context: Context, id: string, change: Partial<RuleSettings>): Promise<void> {
  return inNamedTransaction(context, change.name ?? '', async (sql) => {
    const before = await lockRule(sql, id);
    if (!before) throw notFound('alert rule');
    const after = { ...settingsOf(before), ...change };
    checkSettings(before.kind, after);
    // A channel that is gone since may stay named.
    await requireChannels(sql, change.channelIds ?? []);
    await writeRule(sql, id, after);
    if (!after.enabled) await silence(sql, id);
    await recordAudit(sql, context, { action: 'alert_rule.update', target: id, before: settingsOf(before), after });
  });
}

/** Removes a rule, and ends what fires by it. */
export function removeRule(context: Context, id: string): Promise<void> {
  return context.transaction(async (sql) => {
    const before = await lockRule(sql, id);
    if (!before) throw notFound('alert rule');
    await silence(sql, id);
    await deleteRule(sql, id);
    const { kind } = before;
    await recordAudit(sql, context, {
      action: 'alert_rule.delete',
      target: id,
      before: { kind, ...settingsOf(before) },
    });
  });
}

async function silence(sql: Sql, ruleId: string): Promise<void> {
  await endAlertsOf(sql, ruleId);
  await forgetConditions(sql, ruleId);
}

const settingsOf = (rule: AlertRule): RuleSettings => {
  const { name, holdMs, repository, labels, channelIds, enabled, tellResolved } = rule;
  return { name, holdMs, repository, labels, channelIds, enabled, tellResolved };
};

function checkSettings(kind: KindName, settings: RuleSettings): void {
  const { has } = kinds[kind];
  if (!has.hold && settings.holdMs > 0)
    throw invalidField('hold', 'hold: what this kind looks for happens at once; leave the time out.');
  if (!has.repository && settings.repository !== '')
    throw invalidField('repository', 'repository: this kind is about machines, whatever they run; leave it empty.');
  if (!has.labels && Object.keys(settings.labels).length > 0)
    throw invalidField('labels', 'labels: this kind is not about single machines; leave them out.');
}

async function requireChannels(sql: Sql, ids: readonly string[]): Promise<void> {
  if ((await countChannels(sql, ids)) < ids.length) throw notFound('channel');
}

async function inNamedTransaction(context: Context, name: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  try {
    await context.transaction(work);
  } catch (error) {
    if (violatesUnique(error, 'alert_rules_name_key'))
      throw nameTaken('name', `There is a rule called “${name}” already.`);
    throw error;
  }
}
