import { useNavigate } from '@tanstack/react-router';
import { Box, Ellipsis, Layers, Trash2 } from 'lucide-react';
import { SnapshotState, type Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { ActionMenu, type MenuAction } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { paths } from '../paths.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { snapshotName } from './words.ts';

/** What can be done with a snapshot. */
export function SnapshotActions({ snapshot, onDelete }: { snapshot: Snapshot; onDelete: () => void }) {
  const navigate = useNavigate();
  const refused = workRefusal(useCaller());
  const unready = snapshot.state === SnapshotState.READY ? undefined : 'It is not ready.';
  const actions: readonly MenuAction[] = [
    {
      label: 'Create a sandbox from it',
      icon: Box,
      disabledReason: refused ?? unready,
      onSelect: () => void navigate(paths.createSandboxFrom(snapshot.id)),
    },
    {
      label: 'Make it a template',
      icon: Layers,
      disabledReason: refused ?? unready,
      onSelect: () => void navigate(paths.createTemplateFrom(snapshot.id)),
    },
    { label: 'Delete', icon: Trash2, destructive: true, disabledReason: refused, onSelect: onDelete },
  ];
  return (
    <span className="relative z-1">
      <ActionMenu
        trigger={<IconButton label={`Actions for ${snapshotName(snapshot)}`} icon={Ellipsis} />}
        actions={actions}
      />
    </span>
  );
}
