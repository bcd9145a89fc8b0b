import { Crown } from 'lucide-react';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import type { Member, Team } from '#proto/muster/v1/team_pb.js';
import { Table, type Column } from '../parts/Table.tsx';
import { managedElsewhere } from '../session/sign-in-modes.ts';
import { useCaller, useSetup } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import type { Viewer } from './may-change.ts';
import { MemberActions } from './MemberActions.tsx';
import { roleTitles } from './roles.ts';

const columns = (team: Team, viewer: Viewer, owners: number): readonly Column<Member>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (member) => (
      <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
        {member.name}
        {member.userId === viewer.userId && <Mark>you</Mark>}
        {member.ownershipOffered && <Mark>ownership offered</Mark>}
        {team.requireSecondFactor && member.secondFactor === false && <Mark>no second factor yet</Mark>}
      </span>
    ),
  },
  {
    key: 'email',
    header: 'Email',
    className: 'text-ink-muted @max-table:wrap-anywhere',
    cell: (member) => member.email,
  },
  {
    key: 'role',
    header: 'Role',
    cell: (member) => (
      <span className="inline-flex items-center gap-1.5 align-bottom">
        {member.role === TeamRole.OWNER && <Crown aria-hidden className="size-3.5 text-ink-faint" />}
        {roleTitles[member.role]}
      </span>
    ),
  },
  {
    key: 'since',
    header: 'Since',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (member) => <RelativeTime at={member.joinedAt} />,
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (member) => <MemberActions team={team} member={member} viewer={viewer} owners={owners} />,
  },
];

const Mark = ({ children }: { children: string }) => (
  <span className="rounded-tag bg-accent-soft px-1.5 py-0.5 text-small font-normal whitespace-nowrap text-link">
    {children}
  </span>
);

/** The people of a team, with what may be done with each. */
export function MemberTable({ team, members }: { team: Team; members: readonly Member[] }) {
  const { userId } = useCaller();
  const viewer = { userId, role: team.role, managedElsewhere: managedElsewhere(useSetup()) };
  const owners = members.filter(({ role }) => role === TeamRole.OWNER).length;
  return (
    <Table
      label="Members"
      rows={members}
      columns={columns(team, viewer, owners)}
      rowKey={(member) => member.userId}
      empty={null}
    />
  );
}
