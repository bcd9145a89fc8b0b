import type { TeamHosts } from '../teams/index.ts';
import { recordHostAudit } from './audit.ts';
import { endHost } from './delete.ts';
import type { ThingsOnHosts } from './sandboxes-on-hosts.ts';
import { countHostsOf, lockHostsOf, releaseHostsOf } from './team-store.ts';

/** What teams ask of the hosts that they brought. */
export const hostsOfTeams = (sandboxes: ThingsOnHosts): TeamHosts => ({
  count: countHostsOf,

  async names(sql, teamId) {
    return (await lockHostsOf(sql, teamId)).map(({ name }) => name).toSorted();
  },

  async deleteAll(sql, context, teamId) {
    const hosts = await lockHostsOf(sql, teamId);
    let destroyedSandboxes = 0;
    for (const host of hosts)
      destroyedSandboxes += await endHost(sql, context, sandboxes, {
        ...host,
        force: true,
        reason: 'Its team was deleted.',
      });
    for (const { id } of await releaseHostsOf(sql, teamId))
      await recordHostAudit(sql, context, id, { action: 'host.release', reason: 'Its team was deleted.' });
    return { deletedHosts: hosts.length, destroyedSandboxes };
  },
});
