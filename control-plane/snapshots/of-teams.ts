import { recordAudit } from '../audit/index.ts';
import { announce } from '../events/index.ts';
import type { TeamSandboxes } from '../teams/index.ts';
import { countSnapshots, markTeamDeleted } from './store.ts';

/** What teams ask of their sandboxes, with what they keep of them. */
export const withSnapshots = (sandboxes: TeamSandboxes): TeamSandboxes => ({
  async usage(sql, teamId) {
    const [usage, snapshots] = await Promise.all([sandboxes.usage(sql, teamId), countSnapshots(sql, teamId)]);
    return { ...usage, snapshots };
  },
  async destroyAll(sql, context, teamId) {
    const deleted = await markTeamDeleted(sql, teamId);
    for (const { id } of deleted)
      await recordAudit(sql, context, {
        action: 'snapshot.delete',
        target: id,
        teamId,
        reason: 'Its team was deleted.',
      });
    await announce(
      sql,
      'layer',
      deleted.map(({ id }) => id),
    );
    return sandboxes.destroyAll(sql, context, teamId);
  },
});
