import { Info, TriangleAlert } from 'lucide-react';
import type { Host } from '#proto/muster/v1/host_pb.js';
import type { Team } from '#proto/muster/v1/team_pb.js';

/** Says of a team that brings its own hosts where its sandboxes run; that they run nowhere, where it has none. */
export function OwnHostsNote({ team, hosts }: { team: Team; hosts: readonly Host[] }) {
  if (!team.ownHosts) return null;
  const has = hosts.some(({ teamId }) => teamId === team.id);
  const Icon = has ? Info : TriangleAlert;
  return (
    <p
      role="status"
      className={`flex gap-2.5 rounded-control px-3 py-2.5 text-table ${has ? 'bg-hover' : 'bg-attention-soft'}`}
    >
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${has ? 'text-ink-muted' : 'text-attention'}`} />
      {has
        ? `New sandboxes of ${team.name} run only on its own hosts; no other team sees those.`
        : `${team.name} runs only on hosts of its own and has none yet: until one joins, it cannot create sandboxes.`}
    </p>
  );
}
