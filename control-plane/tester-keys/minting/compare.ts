import type { MintedKey } from '../keyring.ts';
import { tryOf } from './name.ts';
import type { Cap, ListedKey } from './openrouter.ts';

/** What is not as it should be. */
export interface Found {
  /** Keys of ours at the provider that nobody has: their answers were lost, or their end was. */
  readonly stray: readonly string[];
  /** Keys whose time is over, and why. */
  readonly over: readonly { readonly key: MintedKey; readonly reason: string }[];
  /** Keys that may spend something else than they should. */
  readonly otherCap: readonly ListedKey[];
}

/** Compares what is known with what the provider lists. */
export function compare({
  installationId,
  rows,
  listed,
  cap,
  listedSinceMs,
}: {
  readonly installationId: string;
  readonly rows: readonly MintedKey[];
  readonly listed: readonly ListedKey[];
  readonly cap: Cap;
  /** What was minted before this is in the list, if it is anywhere. */
  readonly listedSinceMs: number;
}): Found {
  const byRef = new Map(rows.flatMap((row) => (row.ref === null ? [] : [[row.ref, row] as const])));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const refs = new Set(listed.map(({ ref }) => ref));

  const isStray = ({ ref, name }: ListedKey): boolean => {
    const of = tryOf(name);
    if (of?.installationId !== installationId || byRef.has(ref)) return false;
    const row = byId.get(of.id);
    // Somebody else may just be about to keep what the present try has minted.
    return row?.state !== 'wanted' || of.attempt < row.attempt;
  };
  const isGone = ({ ref, state, mintedAt }: MintedKey): boolean =>
    ref !== null && state !== 'wanted' && !refs.has(ref) && (mintedAt?.getTime() ?? 0) < listedSinceMs;
  const newerIsUsed = ({ teamId }: MintedKey): boolean =>
    rows.some((row) => row.teamId === teamId && row.state === 'live' && row.usedAt !== null);

  const whyOver = (row: MintedKey): string | undefined => {
    if (row.state === 'wanted') return undefined;
    if (row.state === 'unwanted') return 'It is not needed any more.';
    if (isGone(row)) return 'Its provider does not have it any more.';
    if (row.isExpired && row.state === 'replaced') return 'Its time is over.';
    if (row.state === 'replaced' && newerIsUsed(row)) return 'The one after it was used.';
    return undefined;
  };
  return {
    stray: listed.filter(isStray).map(({ ref }) => ref),
    over: rows.flatMap((key) => {
      const reason = whyOver(key);
      return reason === undefined ? [] : [{ key, reason }];
    }),
    otherCap: listed.filter(
      ({ ref, limitMicros, limitPeriod }) =>
        byRef.get(ref)?.state === 'live' && (limitMicros !== cap.limitMicros || limitPeriod !== cap.limitPeriod),
    ),
  };
}
