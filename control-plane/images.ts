import type { Sql } from './database/index.ts';
import { snapshotLayers } from './snapshots/index.ts';
import { templateLayers } from './templates/index.ts';

/** The layers behind a name that a sandbox is made from: a snapshot's, a template's, or none for what hosts know by its name. */
export async function resolveImage(sql: Sql, teamId: string, name: string): Promise<readonly string[]> {
  return (await snapshotLayers(sql, teamId, name)) ?? (await templateLayers(sql, teamId, name)) ?? [];
}
