import type { Context } from '../../context.ts';
import { newId } from '../../database/index.ts';
import { isDrifting } from '../../hosts/index.ts';
import {
  managementKeyOf,
  mintLimitOf,
  mintPeriodOf,
  noteUse,
  readSecret,
  settingValues,
  type Provider,
} from '../../settings/index.ts';
import type { MintedKey, ProviderSetup, SpendingPeriod } from '../keyring.ts';
import { readProviders } from '../read.ts';
import { listMintedAt } from '../store.ts';
import { compare } from './compare.ts';
import { endMinted } from './end.ts';
import { MintFailure } from './failure.ts';
import { mintWanted } from './mint.ts';
import { openRouterKeys, type Cap, type KeyManagement } from './openrouter.ts';
import { findLacking, recordListed, recordProblem, unwantAllAt, wantMinted } from './store.ts';

/** The longest time after which a provider is asked what was spent. */
const lookEveryMs = 5 * 60_000;
/** A key that was minted just now may not be in a provider's list yet. */
const surelyListedMs = 10 * 60_000;
/** Keys that are ended, or given another cap, in one run. */
const mostPerRun = 100;

/**
 * Brings what was minted at every provider to be what it should: each team that was given keys has one, which is replaced
 * in time; what is not needed any more ends, and so does what was minted by a try whose answer was lost. Idempotent, bounded,
 * and may die at any line: whatever the provider has beside what is known here is found by its name with the next run.
 */
export async function tendMinted(context: Context): Promise<Readonly<Record<string, unknown>>> {
  // An older database does not know what is in use.
  if (await isDrifting(context.sql)) return { skipped: 'The database is older than its hosts.' };
  const results: Record<string, unknown> = {};
  for (const setup of await readProviders(context)) {
    if (setup.mints) results[setup.provider.name] = await tendProvider(context, setup);
  }
  return results;
}

async function tendProvider(context: Context, setup: ProviderSetup): Promise<unknown> {
  const { sql } = context;
  const { provider } = setup;
  const key = await readSecret(context, managementKeyOf(provider));
  if (!key) return { problem: 'The management key cannot be read.' };
  if (setup.gatewayLeadsHere) await unwantAllAt(sql, provider.name);
  else await wantLacking(context, provider);
  const rows = await listMintedAt(sql, provider.name);
  if (!isWorkToDo(rows, context.clock.now())) return { known: rows.length };
  const management = openRouterKeys(context, { title: provider.title, baseUrl: setup.baseUrl, key: key.value });
  try {
    const done = await tendWith(context, provider, management);
    await noteUse(context, key);
    return done;
  } catch (error) {
    if (!(error instanceof MintFailure)) throw error;
    await recordProblem(sql, provider.name, error.message);
    await noteUse(context, key, error.message);
    context.log.warn({ err: error, provider: provider.name }, 'keys of testers could not be tended');
    return { problem: error.message };
  }
}

async function wantLacking({ sql }: Context, { name }: Provider): Promise<void> {
  const lacking = await findLacking(sql, name);
  if (lacking.length === 0) return;
  const ids = lacking.map(() => newId('mkey'));
  await wantMinted(sql, name, ids, lacking);
}

const isWorkToDo = (rows: readonly MintedKey[], nowMs: number): boolean =>
  rows.some(
    ({ state, seenAt }) => state === 'wanted' || state === 'unwanted' || (seenAt?.getTime() ?? 0) < nowMs - lookEveryMs,
  );

async function tendWith(context: Context, provider: Provider, management: KeyManagement): Promise<unknown> {
  const { sql } = context;
  const askedMs = context.clock.now();
  const listed = await management.list();
  await recordListed(sql, provider.name, listed);
  const cap = await readCap(context, provider);
  const rows = await listMintedAt(sql, provider.name);
  const found = compare({
    installationId: context.installation.id,
    rows,
    listed,
    cap,
    listedSinceMs: askedMs - surelyListedMs,
  });
  for (const ref of found.stray.slice(0, mostPerRun)) await management.end(ref);
  for (const { key, reason } of found.over.slice(0, mostPerRun)) {
    if (key.ref !== null) await management.end(key.ref);
    await endMinted(context, key, reason);
  }
  for (const { ref } of found.otherCap.slice(0, mostPerRun)) await management.setCap(ref, cap);
  const minted = await mintWanted(context, { provider, management, cap, rows, listed });
  return { minted, ended: found.over.length, strays: found.stray.length, known: rows.length };
}

/** What minted keys may spend, as it is set at this moment. */
async function readCap(context: Context, provider: Provider): Promise<Cap> {
  const names = [mintLimitOf(provider), mintPeriodOf(provider)] as const;
  const values = await settingValues(context, names);
  return {
    limitMicros: Math.round(Number(values[names[0]]) * 1_000_000),
    limitPeriod: values[names[1]] as SpendingPeriod, // one of the setting's choices
  };
}
