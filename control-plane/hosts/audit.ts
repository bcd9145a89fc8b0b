import { recordAudit, type AuditEntry } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { findOwner } from './team-store.ts';

/** Writes down what was done with a host: of a team's own, the team reads it, too. */
export async function recordHostAudit(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  hostId: string,
  entry: Omit<AuditEntry, 'target' | 'teamId'>,
): Promise<void> {
  await recordAudit(sql, context, { ...entry, target: hostId, teamId: await findOwner(sql, hostId) });
}
