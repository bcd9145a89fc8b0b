import { useMutation } from '@connectrpc/connect-query';
import { ClipboardPaste, Copy, LoaderCircle, Maximize2, Minimize2, Power, SquareTerminal, Unplug } from 'lucide-react';
import { useRef, useState } from 'react';
import { ProcessService, type Process } from '#proto/muster/v1/process_pb.js';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand, AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { useTell } from '../problems/useReport.ts';
import { exitLook, processName } from '../processes/words.ts';
import { KeyBar } from './KeyBar.tsx';
import type { SessionState } from './session.ts';
import { useTerminal } from './useTerminal.ts';

interface PaneProps {
  readonly sandbox: Sandbox;
  readonly process: Process;
  /** Takes an ended session off the page. */
  readonly onClose: () => void;
}

/** One terminal: the screen, what state it is in, and what can be done with it. */
export function TerminalPane({ sandbox, process, onClose }: PaneProps) {
  const name = processName(process);
  const bar = useRef<HTMLDivElement>(null);
  const [full, setFull] = useState(false);
  const [ending, setEnding] = useState(false);
  const tell = useTell();
  const leave = () => bar.current?.querySelector('button')?.focus();
  const { place, screen, state, selected, again } = useTerminal(sandbox.id, process.id, `Terminal ${name}`, leave);
  const hangUp = useMutation(ProcessService.method.sendSignal);
  const paste = () => {
    navigator.clipboard?.readText().then(
      (text) => screen?.paste(text),
      () => tell('The browser does not let the console read the clipboard: press Ctrl+Shift+V in the terminal.'),
    );
    screen?.focus();
  };

  return (
    <div
      className={classes(
        'flex flex-col overflow-clip bg-panel',
        full ? 'fixed inset-0 z-40' : 'rounded-panel shadow-panel ring-1 ring-line',
      )}
    >
      <div ref={bar} className="flex flex-wrap items-center gap-1.5 border-b border-line bg-sunken py-1.5 pr-1.5 pl-3">
        <span className="mr-auto flex min-w-0 items-center gap-2.5">
          <StatusPill look={stateLook(state)} breathing={state.phase === 'live' && !state.exit} />
          <span className="truncate text-small text-ink-faint max-sm:hidden">
            {process.user || 'root'}, process {process.pid}
          </span>
        </span>
        <IconButton
          label={selected ? 'Copy the selection' : 'Copy: select something first'}
          icon={Copy}
          aria-disabled={!selected || undefined}
          className={selected ? undefined : 'opacity-55'}
          onClick={() => screen?.copySelection()}
        />
        <IconButton label="Paste" icon={ClipboardPaste} className="max-md:hidden" onClick={paste} />
        <IconButton
          label={full ? 'Back to the page' : 'Fill the window'}
          icon={full ? Minimize2 : Maximize2}
          aria-pressed={full}
          onClick={() => setFull(!full)}
        />
        <AsCommandButton lines={commandLines.attachProcess(sandbox.id, process.id)} />
        {state.exit ? (
          <Button small onClick={onClose}>
            Close
          </Button>
        ) : (
          <Button small look="dangerQuiet" icon={Power} onClick={() => setEnding(true)}>
            End<span className="max-md:sr-only"> session</span>
          </Button>
        )}
      </div>
      {state.phase === 'refused' && (
        <div className="p-3">
          <ProblemNote problem={toProblem(state.error)} onRetry={again} />
        </div>
      )}
      <div
        className={classes(
          'min-h-64 p-2 pl-3',
          full ? 'flex-1' : 'h-[calc(100dvh-26.5rem)] max-md:h-[calc(100dvh-32rem)]',
        )}
      >
        <div ref={place} className="size-full" />
      </div>
      {!state.exit && <KeyBar screen={screen} onPaste={paste} />}
      <p className="border-t border-line px-3 py-1.5 text-small text-ink-faint max-md:hidden">
        <Key>Ctrl+M</Key> leaves the terminal, <Key>Ctrl+Shift+C</Key> copies, <Key>Ctrl+Shift+V</Key> pastes. It goes
        on when you leave this page.
      </p>
      <Confirm
        open={ending}
        onClose={() => setEnding(false)}
        title={`End ${name}`}
        action={`End ${name}`}
        onConfirm={async () => {
          await hangUp.mutateAsync({ sandboxId: sandbox.id, processId: process.id, signal: 'SIGHUP' });
        }}
        command={<AsCommand lines={commandLines.sendSignal(sandbox.id, process.id, 'SIGHUP')} />}
      >
        Its shell hangs up, and what runs on this terminal ends with it. To come back later, just leave the page.
      </Confirm>
    </div>
  );
}

function Key({ children }: { children: string }) {
  return <kbd className="rounded-tag bg-unknown-soft px-1 text-small text-ink-muted">{children}</kbd>;
}

function stateLook({ phase, exit }: SessionState): StatusLook {
  if (exit) return exitLook(exit);
  switch (phase) {
    case 'live':
      return { tone: 'good', word: 'Attached', icon: SquareTerminal };
    case 'connecting':
      return { tone: 'moving', word: 'Attaching', icon: LoaderCircle };
    case 'broken':
      return { tone: 'moving', word: 'Reconnecting', icon: LoaderCircle };
    case 'refused':
      return { tone: 'wrong', word: 'Not attached', icon: Unplug };
  }
}
