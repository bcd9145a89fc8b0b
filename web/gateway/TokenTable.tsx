import { CircleCheck, CircleSlash, PauseCircle, RefreshCw, Trash2, Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import { GatewayTokenState, type GatewayToken } from '#proto/muster/v1/gateway_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { IconButton } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

const states: Record<GatewayTokenState, StatusLook> = {
  [GatewayTokenState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: PauseCircle },
  [GatewayTokenState.ACTIVE]: { tone: 'good', word: 'Works', icon: CircleCheck },
  [GatewayTokenState.REVOKED]: { tone: 'idle', word: 'Revoked', icon: CircleSlash },
  [GatewayTokenState.SUSPENDED]: { tone: 'attention', word: 'User left', icon: PauseCircle },
};

interface TokenTableProps {
  readonly tokens: readonly GatewayToken[];
  readonly onRotate: (token: GatewayToken) => void;
  readonly onRevoke: (token: GatewayToken) => void;
  readonly empty: ReactNode;
}

/** What sandboxes and programs present to the gateway. */
export const TokenTable = ({ tokens, empty, ...rest }: TokenTableProps) => (
  <Table label="Tokens" rows={tokens} columns={columns(rest)} rowKey={({ id }) => id} empty={empty} />
);

const columns = ({
  onRotate,
  onRevoke,
}: Pick<TokenTableProps, 'onRotate' | 'onRevoke'>): readonly Column<GatewayToken>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: ({ name, prefix }) => (
      <span className="flex min-w-0 flex-col items-start gap-0.5 py-0.5">
        <span className="font-medium wrap-anywhere">{name}</span>
        <CopyText text={prefix} show={`${prefix}_…`} label="the public part" className="min-h-6 text-small" />
      </span>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={states[state]} /> },
  { key: 'user', header: 'Counts as', cell: ({ userName, userId }) => userName || userId },
  {
    key: 'used',
    header: 'Last used',
    className: 'text-ink-muted',
    cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : 'never'),
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (token) => (
      <ActionMenu
        trigger={
          <IconButton label={`Actions for ${token.name} of ${token.userName}`} icon={Ellipsis} className="-my-1.5" />
        }
        actions={[
          {
            label: 'Rotate',
            icon: RefreshCw,
            onSelect: () => onRotate(token),
            disabledReason: refusal(token.actions, 'gateway_token.rotate'),
          },
          {
            label: 'Revoke',
            icon: Trash2,
            destructive: true,
            onSelect: () => onRevoke(token),
            disabledReason: refusal(token.actions, 'gateway_token.revoke'),
          },
        ]}
      />
    ),
  },
];
