import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import type { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { UserService, type User } from '#proto/muster/v1/user_pb.js';
import { Button } from '../parts/Button.tsx';
import { useSettled } from '../parts/useSettled.ts';
import { useReport, useTell } from '../problems/useReport.ts';

interface KnownPeopleProps {
  readonly team: Team;
  /** The beginning of an address. */
  readonly typed: string;
  readonly role: TeamRole;
  readonly onAdded: () => void;
}

/** The server searches from so many characters on. */
const shortestPrefix = 3;

/** People of this installation whose address begins so: they need no invite and can be added at once. */
export function KnownPeople({ team, typed, role, onAdded }: KnownPeopleProps) {
  const emailPrefix = useSettled(typed.trim());
  const enabled = emailPrefix.length >= shortestPrefix;
  const { data } = useQuery(
    UserService.method.searchUsers,
    { teamId: team.id, emailPrefix },
    { enabled, retry: false, staleTime: 10_000 },
  );
  const users = enabled ? (data?.users ?? []) : [];
  const add = useAdd(team, role, onAdded);
  if (users.length === 0) return null;
  return (
    <section aria-label="People with an account" className="flex flex-col gap-1.5">
      <p className="text-small text-ink-faint">With an account here: they can be added at once, without an invite.</p>
      <ul className="flex flex-col rounded-control ring-1 ring-line ring-inset">
        {users.map((user) => (
          <li
            key={user.id}
            className="flex items-center gap-3 border-line py-1.5 pr-1.5 pl-2.5 text-table not-last:border-b"
          >
            <span className="min-w-0 flex-1 truncate" title={user.email}>
              {user.name} <span className="text-ink-faint">{user.email}</span>
            </span>
            <Button small aria-label={`Add ${user.name}`} onClick={() => add(user)}>
              Add
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function useAdd(team: Team, role: TeamRole, onAdded: () => void): (user: User) => void {
  const report = useReport();
  const tell = useTell();
  const queries = useQueryClient();
  const { mutate } = useMutation(TeamService.method.addMember, { onError: report });
  return (user) =>
    mutate(
      { teamId: team.id, userId: user.id, role },
      {
        onSuccess: () => {
          onAdded();
          tell(`${user.name} is in ${team.name} now.`);
          void queries.invalidateQueries();
        },
      },
    );
}
