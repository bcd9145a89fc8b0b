import { useNavigate } from '@tanstack/react-router';
import { ArrowDownToLine, Ban, CircleCheck, Ellipsis, KeyRound, LockOpen, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { DrainState, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { paths } from '../paths.ts';
import { CordonDialog, useUncordon } from './CordonDialog.tsx';
import { DeleteHostDialog } from './DeleteHostDialog.tsx';
import { DrainDialog } from './DrainDialog.tsx';
import { EditHostDialog } from './EditHostDialog.tsx';
import { JoinAgainDialog } from './JoinAgainDialog.tsx';
import { UnlockDialog } from './UnlockDialog.tsx';

type Opened = 'cordon' | 'drain' | 'unlock' | 'edit' | 'join' | 'delete';

/** What can be done with a host. */
export function HostActions({ host }: { host: Host }) {
  const [opened, setOpened] = useState<Opened>();
  const uncordon = useUncordon();
  const navigate = useNavigate();
  const close = () => setOpened(undefined);
  const refused = (action: string) => refusal(host.actions, action);

  return (
    <>
      <AsCommandButton lines={commandLines.host(host.id)} />
      {host.quarantined && (
        <Button icon={LockOpen} disabledReason={refused('host.unlock')} onClick={() => setOpened('unlock')}>
          Unlock
        </Button>
      )}
      {host.cordoned ? (
        <Button icon={CircleCheck} disabledReason={refused('host.uncordon')} onClick={() => uncordon(host.id)}>
          {host.drain?.state === DrainState.DRAINING ? 'Cancel drain' : 'Uncordon'}
        </Button>
      ) : (
        <Button icon={Ban} disabledReason={refused('host.cordon')} onClick={() => setOpened('cordon')}>
          Cordon
        </Button>
      )}
      <ActionMenu
        trigger={<IconButton label="More actions" icon={Ellipsis} bordered />}
        actions={[
          {
            label: 'Drain',
            icon: ArrowDownToLine,
            onSelect: () => setOpened('drain'),
            disabledReason: refused('host.drain'),
          },
          { label: 'Edit', icon: Pencil, onSelect: () => setOpened('edit'), disabledReason: refused('host.update') },
          {
            label: 'New join token',
            icon: KeyRound,
            onSelect: () => setOpened('join'),
            disabledReason: refused('host.join_token.create'),
          },
          {
            label: 'Delete',
            icon: Trash2,
            destructive: true,
            onSelect: () => setOpened('delete'),
            disabledReason: refused('host.delete'),
          },
        ]}
      />
      <CordonDialog host={host} open={opened === 'cordon'} onClose={close} />
      <DrainDialog host={host} open={opened === 'drain'} onClose={close} />
      <UnlockDialog host={host} open={opened === 'unlock'} onClose={close} />
      <EditHostDialog host={host} open={opened === 'edit'} onClose={close} />
      <JoinAgainDialog host={host} open={opened === 'join'} onClose={close} />
      <DeleteHostDialog
        host={host}
        open={opened === 'delete'}
        onClose={close}
        onDeleted={() => navigate(paths.hosts())}
      />
    </>
  );
}
