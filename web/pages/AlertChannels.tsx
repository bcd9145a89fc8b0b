import { useNavigate, useSearch } from '@tanstack/react-router';
import { Megaphone, Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { ChannelKind, type Channel } from '#proto/muster/v1/alert_pb.js';
import { ChannelDialog } from '../alerts/ChannelDialog.tsx';
import { ChannelTable } from '../alerts/ChannelTable.tsx';
import { RemoveChannelDialog } from '../alerts/RemoveDialogs.tsx';
import { useChannels } from '../alerts/useAlerts.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

const empty = (action: ReactNode) => (
  <EmptyState
    icon={Megaphone}
    title="Nobody is told yet"
    action={action}
    command={commandLines.alertChannel(undefined, 'pager', ChannelKind.WEBHOOK).muster}
  >
    A channel is where alerts are told: a webhook with signed JSON, a chat that takes Slack’s messages, or mail. The
    first one is told by every rule.
  </EmptyState>
);

export function AlertChannels() {
  const search = useSearch({ from: '/signed-in/alerts/channels' });
  const navigate = useNavigate({ from: '/alerts/channels' });
  const list = useChannels();
  const [doomed, setDoomed] = useState<Channel>();
  const open = (change: typeof search) => void navigate({ search: change, replace: true });
  const channels = list.data?.channels;
  const changed = channels?.find(({ id }) => id === search.change);
  const add = (
    <Button look="primary" icon={Plus} onClick={() => open({ dialog: 'make' })}>
      Add channel
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-table text-ink-muted">
          Where alerts are told. What a channel does not take is sent again, for about ten hours.
        </p>
        <span className="inline-flex items-center gap-2">
          <AsCommandButton lines={commandLines.alertChannels()} />
          {channels !== undefined && channels.length > 0 && add}
        </span>
      </div>
      {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
      {channels === undefined && !list.error && <TableSkeleton rows={3} columns={5} />}
      {channels && (
        <ChannelTable
          channels={channels}
          empty={empty(add)}
          onChange={({ id }) => open({ change: id })}
          onRemove={setDoomed}
        />
      )}
      {channels && (search.dialog === 'make' || changed) && (
        <ChannelDialog
          key={changed?.id}
          channel={changed}
          mailConfigured={list.data?.mailConfigured ?? false}
          onClose={() => open({})}
        />
      )}
      {doomed && <RemoveChannelDialog channel={doomed} onClose={() => setDoomed(undefined)} />}
    </div>
  );
}
