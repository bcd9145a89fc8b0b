import type { Held } from './rollout.ts';

/** Why a component is left where it is. Undefined where nothing holds it, or where what is pinned is meant, too. */
export function leftOut({ held }: { readonly held: Held | null }, includePinned: boolean): string | undefined {
  if (!held || includePinned) return undefined;
  return `It is pinned at ${held.sha.slice(0, 7)}: “${held.reason}”.`;
}
