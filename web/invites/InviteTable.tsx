import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { MailPlus } from 'lucide-react';
import type { ReactNode } from 'react';
import { InviteService, type Invite } from '#proto/muster/v1/invite_pb.js';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { roleTitles } from '../teams/roles.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const columns = (revokeRefused: string | undefined): readonly Column<Invite>[] => [
  {
    key: 'email',
    header: 'Email',
    heading: true,
    className: 'font-medium @max-table:wrap-anywhere',
    cell: (invite) => invite.email,
  },
  { key: 'role', header: 'Role', cell: (invite) => roleTitles[invite.role] },
  { key: 'by', header: 'Invited by', className: 'text-ink-muted', cell: (invite) => invite.invitedBy },
  {
    key: 'sent',
    header: 'Invited',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (invite) => <RelativeTime at={invite.createdAt} />,
  },
  {
    key: 'ends',
    header: 'Ends',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (invite) => <RelativeTime at={invite.expiresAt} />,
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (invite) => <RevokeInvite invite={invite} refused={revokeRefused} />,
  },
];

interface InviteTableProps {
  readonly invites: readonly Invite[];
  /** Why the caller may not revoke. */
  readonly revokeRefused: string | undefined;
  /** The button that invites. */
  readonly action: ReactNode;
}

/** The invites that nobody has accepted yet. */
export function InviteTable({ invites, revokeRefused, action }: InviteTableProps) {
  return (
    <Table
      label="Open invites"
      rows={invites}
      columns={columns(revokeRefused)}
      rowKey={(invite) => invite.id}
      empty={
        <EmptyState icon={MailPlus} title="No open invites" action={action}>
          An invite brings one person into this team, by email address. It counts for 7 days, and only for that address.
        </EmptyState>
      }
    />
  );
}

function RevokeInvite({ invite, refused }: { invite: Invite; refused: string | undefined }) {
  const queries = useQueryClient();
  const report = useReport();
  const tell = useTell();
  const revoke = useMutation(InviteService.method.revokeInvite, {
    onError: report,
    onSuccess: () => {
      tell(`The invite of ${invite.email} is revoked: its link no longer works.`);
      void queries.invalidateQueries();
    },
  });
  return (
    <Button
      small
      busy={revoke.isPending}
      disabledReason={refused}
      aria-label={`Revoke invite of ${invite.email}`}
      onClick={() => revoke.mutate({ inviteId: invite.id })}
    >
      Revoke
    </Button>
  );
}
