import type { Secret } from '#contract/secret.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { keepSecret, type Provider } from '../../settings/index.ts';
import type { MintedKey } from '../keyring.ts';
import { mintedKeyName } from '../names.ts';
import { lockKeyring } from '../store.ts';
import { nameOfTry, tryOf } from './name.ts';
import type { Cap, KeyManagement, ListedKey } from './openrouter.ts';
import { beginTry, isStillWanted, replaceLive } from './store.ts';

/** How long a key is the present one, and how long its provider lets it live: that of a team that never uses it ends, too. */
const rotateAfterDays = 30;
const livesDays = 60;
const dayMs = 24 * 3_600_000;
/** More are minted with the next run, which follows at once. */
const mostPerRun = 50;

/** What minting takes. */
export interface Minting {
  readonly provider: Provider;
  readonly management: KeyManagement;
  readonly cap: Cap;
  readonly rows: readonly MintedKey[];
  readonly listed: readonly ListedKey[];
}

/** Mints what is wanted. Answers how many. Throws what the provider did instead; what was lost of it, the next run ends. */
export async function mintWanted(context: Context, minting: Minting): Promise<number> {
  const wanted = minting.rows.filter(({ state }) => state === 'wanted');
  let minted = 0;
  for (const row of wanted.slice(0, mostPerRun)) minted += (await mint(context, minting, row)) ? 1 : 0;
  if (wanted.length > mostPerRun) await announce(context.sql, 'keyring', ['*']);
  return minted;
}

async function mint(context: Context, minting: Minting, { id, teamId }: MintedKey): Promise<boolean> {
  const { management, cap, listed } = minting;
  const installationId = context.installation.id;
  // Counted before anything is asked: an answer that is lost belongs to a try that is over.
  const attempt = await beginTry(context.sql, id);
  if (attempt === undefined) return false;
  for (const { ref, name } of listed) {
    const earlier = tryOf(name);
    if (earlier?.installationId === installationId && earlier.id === id) await management.end(ref);
  }
  const expiresAt = new Date(context.clock.now() + livesDays * dayMs);
  const { ref, value } = await management.mint(nameOfTry({ installationId, id, attempt }), cap, expiresAt);
  const kept = await keep(context, minting, { id, teamId, attempt, ref, value, expiresAt });
  // The tester was removed meanwhile, or another replica was quicker.
  if (!kept) await management.end(ref);
  return kept;
}

function keep(
  context: Context,
  { provider, cap }: Minting,
  {
    id,
    teamId,
    attempt,
    ref,
    value,
    expiresAt,
  }: {
    readonly id: string;
    readonly teamId: string;
    readonly attempt: number;
    readonly ref: string;
    readonly value: Secret;
    readonly expiresAt: Date;
  },
): Promise<boolean> {
  return context.transaction(async (sql) => {
    await lockKeyring(sql, teamId);
    if (!(await isStillWanted(sql, id, attempt))) return false;
    const { fingerprint } = await keepSecret(sql, context, mintedKeyName(id), value);
    await replaceLive(sql, { id, ref, ...cap, expiresAt, rotateAfterDays });
    await recordAudit(sql, context, {
      action: 'provider_key.mint',
      target: teamId,
      teamId,
      after: { provider: provider.name, key: id, fingerprint, ...cap, expiresAt: expiresAt.toISOString() },
    });
    await announce(sql, 'keyring', [teamId]);
    return true;
  });
}
