import { useNavigate, useSearch } from '@tanstack/react-router';
import { Cpu, Play } from 'lucide-react';
import { useState } from 'react';
import type { Process } from '#proto/muster/v1/process_pb.js';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { OutputDialog } from '../processes/OutputDialog.tsx';
import { ProcessTable, type ProcessAct } from '../processes/ProcessTable.tsx';
import { KillDialog, SignalDialog } from '../processes/SignalDialogs.tsx';
import { StartProcessDialog } from '../processes/StartProcessDialog.tsx';
import { useProcesses } from '../processes/useProcesses.ts';
import { isRunning } from '../processes/words.ts';
import { Awake } from '../sandboxes/Awake.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { isSession } from '../terminal/sessions.ts';

/** What runs in a sandbox through Muster, and what ended within the hour. */
export function SandboxProcesses() {
  const { sandbox } = useShownSandbox();
  return (
    <Awake sandbox={sandbox} what="its processes">
      <Processes sandbox={sandbox} />
    </Awake>
  );
}

function Processes({ sandbox }: { sandbox: Sandbox }) {
  const { process: shownId } = useSearch({ from: '/signed-in/sandboxes/$sandboxId/processes' });
  const navigate = useNavigate();
  const refused = refusal(sandbox.actions, 'sandbox.run');
  const { processes, error, refresh } = useProcesses(sandbox, refused);
  const [opened, setOpened] = useState<'start' | { act: 'signal' | 'kill'; process: Process }>();
  const close = () => setOpened(undefined);
  const show = (process?: Process) =>
    void navigate(
      process && isSession(process)
        ? paths.sandboxTerminal(sandbox.id, process.id)
        : paths.sandboxProcesses(sandbox.id, process?.id),
    );
  const act = (what: ProcessAct, process: Process) =>
    what === 'open' ? show(process) : setOpened({ act: what, process });
  const shown = processes?.find(({ id, detached }) => id === shownId && detached);
  const startButton = (
    <Button look="primary" icon={Play} disabledReason={refused} onClick={() => setOpened('start')}>
      Start process
    </Button>
  );
  const dialog = typeof opened === 'object' && {
    sandboxId: sandbox.id,
    process: opened.process,
    onClose: close,
    onSent: () => void refresh(),
  };

  return (
    <Section
      title={processes ? sentence(processes) : 'Processes'}
      aside={
        <div className="flex gap-2">
          <AsCommandButton lines={commandLines.processes(sandbox.id)} />
          {startButton}
        </div>
      }
    >
      {error !== null && <ProblemNote problem={toProblem(error)} onRetry={() => void refresh()} />}
      {processes === undefined && error === null && refused === undefined && <TableSkeleton rows={3} columns={6} />}
      {(processes?.length === 0 || (processes === undefined && refused !== undefined)) && (
        <EmptyState
          icon={Cpu}
          title="Nothing was started here yet"
          command={commandLines.processes(sandbox.id).muster ?? ''}
        >
          {refused ??
            'Commands, terminals and services that are started through Muster are listed here, and for an hour after their end. What they start themselves is theirs: a terminal with “ps” shows it.'}
        </EmptyState>
      )}
      {processes && processes.length > 0 && (
        <Freshness phase={error === null ? 'live' : 'broken'}>
          <ProcessTable sandboxId={sandbox.id} processes={processes} refused={refused} onAct={act} />
        </Freshness>
      )}
      <StartProcessDialog
        sandbox={sandbox}
        open={opened === 'start'}
        onClose={close}
        onStarted={(process) => {
          void refresh();
          if (isSession(process)) show(process);
        }}
      />
      {dialog && (opened.act === 'signal' ? <SignalDialog {...dialog} /> : <KillDialog {...dialog} />)}
      {shown && !isSession(shown) && (
        <OutputDialog key={shown.id} sandboxId={sandbox.id} process={shown} onClose={() => show()} />
      )}
    </Section>
  );
}

function sentence(processes: readonly Process[]): string {
  const running = processes.filter(isRunning).length;
  const ended = processes.length - running;
  const first = running === 1 ? '1 process runs' : `${running === 0 ? 'No' : running} processes run`;
  return ended === 0 ? first : `${first}, ${ended} ended within the hour`;
}
