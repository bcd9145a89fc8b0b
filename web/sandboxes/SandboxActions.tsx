import { useMutation } from '@connectrpc/connect-query';
import {
  CalendarClock,
  Camera,
  CirclePause,
  CirclePlay,
  CircleStop,
  Ellipsis,
  Network,
  Play,
  Split,
  Tags,
  Trash2,
} from 'lucide-react';
import { useState } from 'react';
import { ObservedState, SandboxService, WantedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand, AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { Button, IconButton } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { ForkDialog } from '../snapshots/ForkDialog.tsx';
import { TakeSnapshotDialog } from '../snapshots/TakeSnapshotDialog.tsx';
import { sandboxName } from './name.ts';
import { MetadataDialog } from './MetadataDialog.tsx';
import { NetworkDialog } from './NetworkDialog.tsx';
import { RenewDialog } from './RenewDialog.tsx';
import { hasEnded } from './states.ts';

type Opened = 'renew' | 'stop' | 'snapshot' | 'fork' | 'network' | 'metadata' | 'destroy';

/** What can be done with a sandbox. After its end: nothing. */
export function SandboxActions({ sandbox }: { sandbox: Sandbox }) {
  const [opened, setOpened] = useState<Opened>();
  const tell = useTell();
  const stop = useMutation(SandboxService.method.stopSandbox);
  const destroy = useMutation(SandboxService.method.destroySandbox);
  const target = { sandboxId: sandbox.id };
  const name = sandboxName(sandbox);
  const close = () => setOpened(undefined);
  const refused = (action: string) => refusal(sandbox.actions, action);
  if (hasEnded(sandbox)) return <AsCommandButton lines={commandLines.sandbox(sandbox.id)} />;

  return (
    <>
      <AsCommandButton lines={commandLines.sandbox(sandbox.id)} />
      <Button icon={CalendarClock} disabledReason={refused('sandbox.renew')} onClick={() => setOpened('renew')}>
        Renew
      </Button>
      <GoOnOrRest sandbox={sandbox} />
      <ActionMenu
        trigger={<IconButton label="More actions" icon={Ellipsis} bordered />}
        actions={[
          {
            label: 'Take a snapshot',
            icon: Camera,
            disabledReason: refused('snapshot.create'),
            onSelect: () => setOpened('snapshot'),
          },
          { label: 'Fork', icon: Split, disabledReason: refused('sandbox.fork'), onSelect: () => setOpened('fork') },
          {
            label: 'Set its network',
            icon: Network,
            disabledReason: refused('sandbox.set_network'),
            onSelect: () => setOpened('network'),
          },
          {
            label: 'Edit metadata',
            icon: Tags,
            disabledReason: refused('sandbox.set_metadata'),
            onSelect: () => setOpened('metadata'),
          },
          {
            label: 'Stop',
            icon: CircleStop,
            destructive: true,
            disabledReason: refused('sandbox.stop'),
            onSelect: () => setOpened('stop'),
          },
        ]}
      />
      <Button
        look="dangerQuiet"
        icon={Trash2}
        disabledReason={refused('sandbox.destroy')}
        onClick={() => setOpened('destroy')}
      >
        Destroy
      </Button>
      <RenewDialog sandbox={sandbox} open={opened === 'renew'} onClose={close} />
      <TakeSnapshotDialog sandbox={sandbox} open={opened === 'snapshot'} onClose={close} />
      <ForkDialog sandbox={sandbox} open={opened === 'fork'} onClose={close} />
      <NetworkDialog sandbox={sandbox} open={opened === 'network'} onClose={close} />
      <MetadataDialog sandbox={sandbox} open={opened === 'metadata'} onClose={close} />
      <Confirm
        open={opened === 'stop'}
        onClose={close}
        title={`Stop ${name}`}
        action={`Stop ${name}`}
        onConfirm={async () => {
          await stop.mutateAsync(target);
          tell(`${name} is stopped.`);
        }}
        command={<AsCommand lines={commandLines.eachSandbox('stop', [sandbox.id])} />}
      >
        Its processes end: they are asked to, and after 5 seconds they must. Its files stay, and it can be started again
        on its host. While it is stopped it takes neither processors nor memory of the team’s quota.
      </Confirm>
      <ConfirmByName
        open={opened === 'destroy'}
        onClose={close}
        title={`Destroy ${name}`}
        name={name}
        action={`Destroy ${name}`}
        onConfirm={async () => {
          await destroy.mutateAsync(target);
          tell(`${name} is destroyed.`);
        }}
        command={<AsCommand lines={commandLines.destroySandbox(sandbox.id)} />}
      >
        Its processes end and its files are removed from {sandbox.hostName || 'its host'}. This cannot be undone; its
        record stays for 30 days.
      </ConfirmByName>
    </>
  );
}

/** The one thing that it can be asked for now: to rest while it runs, else to go on. */
function GoOnOrRest({ sandbox }: { sandbox: Sandbox }) {
  const report = useReport();
  const pause = useMutation(SandboxService.method.pauseSandbox, { onError: report });
  const resume = useMutation(SandboxService.method.resumeSandbox, { onError: report });
  const start = useMutation(SandboxService.method.startSandbox, { onError: report });
  const { wanted, observed } = sandbox;
  const stopped =
    wanted === WantedState.STOPPED || (observed === ObservedState.STOPPED && wanted !== WantedState.RUNNING);
  const [key, word, icon, call] = stopped
    ? (['start', 'Start', Play, start] as const)
    : wanted === WantedState.PAUSED
      ? (['resume', 'Resume', CirclePlay, resume] as const)
      : (['pause', 'Pause', CirclePause, pause] as const);
  return (
    <Button
      icon={icon}
      busy={call.isPending}
      disabledReason={refusal(sandbox.actions, `sandbox.${key}`)}
      onClick={() => call.mutate({ sandboxId: sandbox.id })}
    >
      {word}
    </Button>
  );
}
