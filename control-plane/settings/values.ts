import type { Context } from '../context.ts';
import { plainField } from './registry/index.ts';
import { readSettings } from './store.ts';

/** What these settings are at this moment: what was saved, or their defaults. Everybody asks here, each time, and keeps no answer. */
export async function settingValues<Name extends string>(
  { sql, config }: Pick<Context, 'sql' | 'config'>,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const saved = new Map((await readSettings(sql, names)).map(({ name, value }) => [name, value]));
  const values = names.map((name) => [name, saved.get(name) ?? plainField(name).fallback(config)] as const);
  return Object.fromEntries(values) as Record<Name, string>; // one for each name
}
