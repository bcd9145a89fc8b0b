import { CornerDownLeft, SquareTerminal } from 'lucide-react';
import { useRef, useState, type KeyboardEvent } from 'react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Page.tsx';
import { RunEntry } from './RunEntry.tsx';
import { useRuns } from './useRuns.ts';

/** A place to type commands, with what they wrote above it. */
export function RunBox({ sandbox }: { sandbox: Sandbox }) {
  const { runs, log } = useRuns(sandbox.id);
  const refused = refusal(sandbox.actions, 'sandbox.run');
  return (
    <Panel className="flex flex-col overflow-clip">
      {runs.length === 0 ? (
        <p className="flex items-center gap-2.5 px-4 py-6 text-table text-ink-muted">
          <SquareTerminal aria-hidden className="size-4 shrink-0 text-ink-faint" />
          Commands run through the sandbox’s shell; what they write appears here as they write it.
        </p>
      ) : (
        <ol aria-label="Commands that were run" className="divide-y divide-line">
          {runs.map((run) => (
            <RunEntry key={run.number} run={run} onCancel={() => log.cancel(run)} />
          ))}
        </ol>
      )}
      <Prompt
        history={runs.map((run) => run.command)}
        refused={refused}
        onRun={(command) => log.start(sandbox.id, command)}
      />
    </Panel>
  );
}

function Prompt({
  history,
  refused,
  onRun,
}: {
  history: readonly string[];
  refused: string | undefined;
  onRun: (command: string) => void;
}) {
  const [command, setCommand] = useState('');
  // How far back in the history the arrow keys have gone; 0 is what is being typed.
  const [back, setBack] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);

  const run = () => {
    if (command.trim() === '' || refused !== undefined) return field.current?.focus();
    onRun(command);
    setCommand('');
    setBack(0);
  };
  const recall = (steps: number) => {
    const next = Math.min(Math.max(0, back + steps), history.length);
    setBack(next);
    setCommand(next === 0 ? '' : (history.at(-next) ?? ''));
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const oneLine = !command.includes('\n');
    if (event.key === 'Enter' && !event.shiftKey) run();
    else if (event.key === 'ArrowUp' && oneLine) recall(1);
    else if (event.key === 'ArrowDown' && oneLine && back > 0) recall(-1);
    else return;
    event.preventDefault();
  };

  return (
    <div className="flex items-start gap-2 border-t border-line bg-sunken px-4 py-2.5 focus-within:bg-panel">
      <span aria-hidden className="pt-1.5 font-mono text-code text-ink-faint select-none">
        $
      </span>
      <textarea
        ref={field}
        aria-label="Command"
        rows={Math.min(8, command.split('\n').length)}
        value={command}
        onChange={(event) => setCommand(event.target.value)}
        onKeyDown={press}
        placeholder={refused ?? 'uname -a'}
        disabled={refused !== undefined}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        className="min-w-0 flex-1 resize-none bg-transparent py-1.5 font-mono text-code outline-none disabled:cursor-not-allowed max-md:text-touch"
      />
      <Button look="primary" small icon={CornerDownLeft} disabledReason={refused} onClick={run}>
        Run
      </Button>
    </div>
  );
}
