import { useMutation } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import { Ban, CircleCheck, Ellipsis, KeyRound, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { HostService, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommand, AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { paths } from '../paths.ts';
import { useTell } from '../problems/useReport.ts';
import { CordonDialog, useUncordon } from './CordonDialog.tsx';
import { EditHostDialog } from './EditHostDialog.tsx';
import { JoinAgainDialog } from './JoinAgainDialog.tsx';

type Opened = 'cordon' | 'edit' | 'join' | 'delete';

/** What can be done with a host. */
export function HostActions({ host }: { host: Host }) {
  const [opened, setOpened] = useState<Opened>();
  const uncordon = useUncordon();
  const navigate = useNavigate();
  const tell = useTell();
  const deleteHost = useMutation(HostService.method.deleteHost);
  const close = () => setOpened(undefined);
  const refused = (action: string) => refusal(host.actions, action);
  const sandboxes = host.usage?.sandboxes ?? 0;

  return (
    <>
      <AsCommandButton lines={commandLines.host(host.id)} />
      {host.cordoned ? (
        <Button icon={CircleCheck} disabledReason={refused('host.uncordon')} onClick={() => uncordon(host.id)}>
          Uncordon
        </Button>
      ) : (
        <Button icon={Ban} disabledReason={refused('host.cordon')} onClick={() => setOpened('cordon')}>
          Cordon
        </Button>
      )}
      <ActionMenu
        trigger={<IconButton label="More actions" icon={Ellipsis} bordered />}
        actions={[
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
      <EditHostDialog host={host} open={opened === 'edit'} onClose={close} />
      <JoinAgainDialog host={host} open={opened === 'join'} onClose={close} />
      <ConfirmByName
        open={opened === 'delete'}
        onClose={close}
        title={`Delete ${host.name}`}
        name={host.name}
        action={
          sandboxes > 0
            ? `Delete ${host.name} and ${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`
            : `Delete ${host.name}`
        }
        onConfirm={async () => {
          await deleteHost.mutateAsync({ hostId: host.id, force: sandboxes > 0 });
          tell(`${host.name} was deleted.`);
          await navigate(paths.hosts());
        }}
        command={<AsCommand lines={commandLines.deleteHost(host.id, sandboxes > 0)} />}
      >
        Its credentials end at once, and its agent stops.{' '}
        {sandboxes > 0 && <strong className="text-ink">Everything in its sandboxes is lost. </strong>}
        This cannot be undone; the machine can join again as a new host.
      </ConfirmByName>
    </>
  );
}
