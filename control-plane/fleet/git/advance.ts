import type { Lineage, SeenHead } from './lineage.ts';
import type { Mirror } from './mirror.ts';

/** How many commits the newest head adds to the one before. Undefined where it was not built on that. */
export async function addedBy(
  mirror: Mirror,
  newest: SeenHead,
  previous: SeenHead,
  signal: AbortSignal,
): Promise<number | undefined> {
  const range = `${previous.sha}...${newest.sha}`;
  const counts = await mirror.ask(['rev-list', '--left-right', '--count', range, '--'], { signal });
  const [lost, added] = counts.trim().split('\t').map(Number);
  return lost === 0 ? added : undefined;
}

/**
 * What a lineage to the head before is to the newest, which was built on that one: its ancestors lack what it lacked,
 * and what was added. Undefined where git must be asked: what had more than the head before may have been merged.
 */
export function advance(lineage: Lineage | undefined, added: number, newest: SeenHead): Lineage | undefined {
  if (added === 0) return lineage;
  if (lineage?.kind === 'same') return { kind: 'behind', behind: added, since: newest.observedAt };
  if (lineage?.kind === 'behind') return { ...lineage, behind: lineage.behind + added };
  return undefined;
}
