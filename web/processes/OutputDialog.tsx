import { LoaderCircle } from 'lucide-react';
import type { Process } from '#proto/muster/v1/process_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { Freshness, StatusPill } from '../parts/Status.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { OutputView } from '../runs/RunEntry.tsx';
import { useOutput } from './useOutput.ts';
import { commandLine, exitLook, processLook, processName } from './words.ts';

interface OutputProps {
  readonly sandboxId: string;
  readonly process: Process;
  readonly onClose: () => void;
}

/** What a detached process writes, as it writes it. */
export function OutputDialog(props: OutputProps) {
  const { process, onClose } = props;
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={`Output of ${processName(process)}`}
      description={<code>{commandLine(process)}</code>}
    >
      <OutputBody {...props} />
    </Dialog>
  );
}

function OutputBody({ sandboxId, process, onClose }: OutputProps) {
  const { state, phase, error } = useOutput(sandboxId, process.id);
  const text = state?.output.segments.map((segment) => segment.text).join('') ?? '';
  return (
    <>
      <DialogBody>
        <Freshness phase={phase} className="flex items-center gap-2">
          <StatusPill look={look()} breathing={phase === 'live' && !state?.exit} />
          {text !== '' && <CopyButton text={text} label="Copy output" look="quiet" />}
        </Freshness>
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {state && <OutputView output={state.output} />}
        {state && text === '' && (
          <p className="text-table text-ink-muted">It has written nothing{state.exit ? '' : ' so far'}.</p>
        )}
        <AsCommand lines={commandLines.attachProcess(sandboxId, process.id)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </>
  );

  function look() {
    if (state?.exit) return exitLook(state.exit);
    if (phase === 'broken') return { tone: 'moving', word: 'Reconnecting', icon: LoaderCircle } as const;
    return processLook(process);
  }
}
