import { Secret } from '#contract/secret.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { changedMeanwhile } from './changed-meanwhile.ts';
import { checkedSecret, checkedValue } from './check.ts';
import type { Hands } from './hands.ts';
import { plainField, secretField, secretsSentTo } from './registry/index.ts';
import { keepSecret } from './secrets/keep.ts';
import { readSecretStates } from './secrets/store.ts';
import { lockSetting, writeSetting } from './store.ts';

/** Saves a setting over the version that was looked at; an empty value returns it to its default. Answers which secrets went with it. */
export async function saveSetting(
  context: Context,
  hands: Hands,
  { name, value, version }: { readonly name: string; readonly value: string; readonly version: number },
): Promise<readonly string[]> {
  const field = plainField(name);
  const fallback = field.fallback(context.config);
  const next = value.trim() === '' ? null : checkedValue(field, value, context.config);
  return context.transaction(async (sql) => {
    const before = await lockSetting(sql, name, context.caller.actor);
    if (before.version !== version) throw changedMeanwhile(before.version, before.updatedBy);
    await writeSetting(sql, name, next, context.caller.actor);
    const [was, is] = [before.value ?? fallback, next ?? fallback];
    const cleared = was === is ? [] : await clearSentTo(sql, context, name);
    await recordAudit(sql, context, {
      action: 'setting.set',
      target: name,
      before: { value: was },
      after: { value: is, ...(next === null && { default: true }), ...(cleared.length > 0 && { cleared }) },
    });
    await changed(sql, context, hands, name);
    return cleared;
  });
}

/** Saves a secret over the version that was looked at. */
export async function saveSecret(
  context: Context,
  hands: Hands,
  { name, value, version }: { readonly name: string; readonly value: string; readonly version: number },
): Promise<void> {
  const secret = new Secret(checkedSecret(secretField(name), value));
  await context.transaction(async (sql) => {
    const [before] = await readSecretStates(sql, [name]);
    const after = await keepSecret(sql, context, name, secret, version);
    await recordAudit(sql, context, {
      action: 'setting.set_secret',
      target: name,
      before: { set: before?.set ?? false, fingerprint: before?.fingerprint ?? '' },
      after: { set: true, fingerprint: after.fingerprint },
    });
    await changed(sql, context, hands, name);
  });
}

/** Forgets a secret, over the version that was looked at. */
export async function clearSecret(context: Context, hands: Hands, name: string, version: number): Promise<void> {
  secretField(name);
  await context.transaction(async (sql) => {
    const [before] = await readSecretStates(sql, [name]);
    await keepSecret(sql, context, name, undefined, version);
    await recordAudit(sql, context, {
      action: 'setting.clear_secret',
      target: name,
      before: { set: before?.set ?? false, fingerprint: before?.fingerprint ?? '' },
      after: { set: false },
    });
    await changed(sql, context, hands, name);
  });
}

/** A secret is for the address that it was entered for: whoever could change where it is sent could read it. */
async function clearSentTo(sql: Sql, context: Context, name: string): Promise<string[]> {
  const names = secretsSentTo(name).map((field) => field.name);
  const set = (await readSecretStates(sql, names)).filter((state) => state.set);
  for (const secret of set) await keepSecret(sql, context, secret.name, undefined);
  return set.map((secret) => secret.name);
}

const changed = (sql: Sql, context: Context, hands: Hands, name: string) =>
  hands[name.split('.')[0] ?? '']?.changed?.(sql, context);
