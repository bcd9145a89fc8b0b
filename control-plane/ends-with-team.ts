import { hostsOfTeams } from './hosts/index.ts';
import { sandboxesOfTeams, sandboxesOnHosts } from './sandboxes/index.ts';
import { withSnapshots, withSnapshotsOnHosts } from './snapshots/index.ts';
import type { EndsWithTeam } from './teams/index.ts';

/** What ends with a team, of all features: for the server, and for commands without one. */
export const endsWithTeam = {
  sandboxes: withSnapshots(sandboxesOfTeams),
  hosts: hostsOfTeams(withSnapshotsOnHosts(sandboxesOnHosts)),
} satisfies EndsWithTeam;
