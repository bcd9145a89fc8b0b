import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CommandBlock } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';

interface GateDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly repositories: readonly string[];
}

/** The commands by which a pipeline waits until every machine runs main. */
export function GateDialog({ open, onClose, repositories }: GateDialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="A gate for CI"
      description="It ends with 0 when every machine runs the head of the branch, with 1 where one cannot, with 2 when the branch moves on, with 3 when the time is over."
      wide
    >
      <DialogBody>
        {(repositories.length === 0 ? [''] : repositories).map((repository) => (
          <CommandBlock
            key={repository}
            command={commandLines.waitForFleet(repository).muster ?? ''}
            label={`Copy the gate for ${repository || 'a repository'}`}
          />
        ))}
        <p className="text-table text-pretty text-ink-muted">
          In CI, name the commit that was deployed with <code>--sha</code>, and with <code>--min-hosts</code> how many
          machines there must be. A key that may only look is enough.
        </p>
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
