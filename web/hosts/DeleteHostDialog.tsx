import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useCallback } from 'react';
import { HostService, type Host, type PreviewDeleteHostResponse } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { useAlongHost } from './useAlongHost.ts';

interface DeleteProps {
  readonly host: Host;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onDeleted: () => Promise<void>;
}

/** Deletes a host, after showing what ends with it: sandboxes that are paused or stopped, too. */
export function DeleteHostDialog({ host, open, onClose, onDeleted }: DeleteProps) {
  const tell = useTell();
  const deleteHost = useMutation(HostService.method.deleteHost);
  const preview = useQuery(HostService.method.previewDeleteHost, { hostId: host.id }, { enabled: open });
  const { refetch } = preview;
  useAlongHost(
    host,
    useCallback(() => {
      if (open) void refetch();
    }, [open, refetch]),
  );
  const sandboxes = preview.data?.totalSandboxes ?? host.usage?.sandboxes ?? 0;
  const counted = `${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`;
  return (
    <ConfirmByName
      open={open}
      onClose={onClose}
      title={`Delete ${host.name}`}
      name={host.name}
      action={sandboxes > 0 ? `Delete ${host.name} and ${counted}` : `Delete ${host.name}`}
      onConfirm={async () => {
        await deleteHost.mutateAsync({ hostId: host.id, force: sandboxes > 0 });
        tell(`${host.name} was deleted.`);
        await onDeleted();
      }}
      command={<AsCommand lines={commandLines.deleteHost(host.id, sandboxes > 0)} />}
    >
      <div className="flex flex-col gap-3">
        <p>
          Its credentials end at once, and its agent stops.{' '}
          {sandboxes > 0 && <strong className="text-ink">Everything in its sandboxes is lost. </strong>}
          This cannot be undone; the machine can join again as a new host.
        </p>
        {preview.error && <ProblemNote problem={toProblem(preview.error)} onRetry={() => void preview.refetch()} />}
        {preview.data && <WhatEnds preview={preview.data} />}
      </div>
    </ConfirmByName>
  );
}

function WhatEnds({ preview: { sandboxes, totalSandboxes, snapshots } }: { preview: PreviewDeleteHostResponse }) {
  if (totalSandboxes === 0 && snapshots.length === 0) return null;
  const more = totalSandboxes - sandboxes.length;
  return (
    <ul
      aria-label="What ends with it"
      className="max-h-48 divide-y divide-line overflow-y-auto rounded-control bg-sunken px-3 text-small ring-1 ring-line ring-inset"
    >
      {sandboxes.map(({ sandboxId, state, teamName }) => (
        <li key={sandboxId} className="flex flex-wrap justify-between gap-x-3 py-1.5">
          <span className="font-mono">{sandboxId}</span>
          <span>
            {state}, {teamName}
          </span>
        </li>
      ))}
      {more > 0 && <li className="py-1.5">and {more} more sandboxes</li>}
      {snapshots.map(({ snapshotId, name, teamName }) => (
        <li key={snapshotId} className="flex flex-wrap justify-between gap-x-3 py-1.5">
          <span className="font-mono">{name || snapshotId}</span>
          <span>Snapshot that is nowhere else, {teamName}</span>
        </li>
      ))}
    </ul>
  );
}
