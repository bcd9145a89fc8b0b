import { useMutation } from '@connectrpc/connect-query';
import { CirclePlay, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { ObservedState, SandboxService, WantedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { sandboxName } from '../sandboxes/name.ts';

/** Stops a sandbox and starts it again; lets one go on that rests. */
export function RestartButton({ sandbox }: { sandbox: Sandbox }) {
  const [asking, setAsking] = useState(false);
  const tell = useTell();
  const stop = useMutation(SandboxService.method.stopSandbox);
  const start = useMutation(SandboxService.method.startSandbox);
  const name = sandboxName(sandbox);
  const target = { sandboxId: sandbox.id };
  return (
    <>
      {/* It is stopped for a moment, while its restart is under way. */}
      {isAtRest(sandbox) && !asking ? (
        <GoOn sandbox={sandbox} />
      ) : (
        <Button
          icon={RotateCw}
          disabledReason={asking ? undefined : refusal(sandbox.actions, 'sandbox.stop')}
          onClick={() => setAsking(true)}
        >
          Restart
        </Button>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Restart ${name}`}
        action={`Restart ${name}`}
        onConfirm={async () => {
          await stop.mutateAsync(target);
          await start.mutateAsync(target);
          tell(`${name} was restarted.`);
        }}
        command={<AsCommand lines={restartLines(sandbox.id)} />}
      >
        Its processes end: they are asked to, and after 5 seconds they must. Its files stay, and it starts on them at
        once.
      </Confirm>
    </>
  );
}

const isStopped = ({ wanted, observed }: Sandbox): boolean =>
  wanted === WantedState.STOPPED || (observed === ObservedState.STOPPED && wanted !== WantedState.RUNNING);

const isAtRest = (sandbox: Sandbox): boolean => isStopped(sandbox) || sandbox.wanted === WantedState.PAUSED;

function GoOn({ sandbox }: { sandbox: Sandbox }) {
  const report = useReport();
  const start = useMutation(SandboxService.method.startSandbox, { onError: report });
  const resume = useMutation(SandboxService.method.resumeSandbox, { onError: report });
  const [key, word, icon, call] = isStopped(sandbox)
    ? (['start', 'Start', Play, start] as const)
    : (['resume', 'Resume', CirclePlay, resume] as const);
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

function restartLines(sandboxId: string) {
  const [stop, start] = [commandLines.eachSandbox('stop', [sandboxId]), commandLines.eachSandbox('start', [sandboxId])];
  return { muster: `${stop.muster}\n${start.muster}`, curl: `${stop.curl}\n${start.curl}` };
}
