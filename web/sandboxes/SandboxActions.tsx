import { useMutation } from '@connectrpc/connect-query';
import { CirclePause, CirclePlay, CalendarClock, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { SandboxService, WantedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand, AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { sandboxName } from './name.ts';
import { RenewDialog } from './RenewDialog.tsx';
import { hasEnded } from './states.ts';

/** What can be done with a sandbox. After its end: nothing. */
export function SandboxActions({ sandbox }: { sandbox: Sandbox }) {
  const [opened, setOpened] = useState<'renew' | 'destroy'>();
  const report = useReport();
  const tell = useTell();
  const pause = useMutation(SandboxService.method.pauseSandbox, { onError: report });
  const resume = useMutation(SandboxService.method.resumeSandbox, { onError: report });
  const destroy = useMutation(SandboxService.method.destroySandbox);
  const target = { sandboxId: sandbox.id };
  const name = sandboxName(sandbox);
  const close = () => setOpened(undefined);
  if (hasEnded(sandbox)) return <AsCommandButton lines={commandLines.sandbox(sandbox.id)} />;

  return (
    <>
      <AsCommandButton lines={commandLines.sandbox(sandbox.id)} />
      <Button
        icon={CalendarClock}
        disabledReason={refusal(sandbox.actions, 'sandbox.renew')}
        onClick={() => setOpened('renew')}
      >
        Renew
      </Button>
      {sandbox.wanted === WantedState.PAUSED ? (
        <Button
          icon={CirclePlay}
          busy={resume.isPending}
          disabledReason={refusal(sandbox.actions, 'sandbox.resume')}
          onClick={() => resume.mutate(target)}
        >
          Resume
        </Button>
      ) : (
        <Button
          icon={CirclePause}
          busy={pause.isPending}
          disabledReason={refusal(sandbox.actions, 'sandbox.pause')}
          onClick={() => pause.mutate(target)}
        >
          Pause
        </Button>
      )}
      <Button
        look="dangerQuiet"
        icon={Trash2}
        disabledReason={refusal(sandbox.actions, 'sandbox.destroy')}
        onClick={() => setOpened('destroy')}
      >
        Destroy
      </Button>
      <RenewDialog sandbox={sandbox} open={opened === 'renew'} onClose={close} />
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
