import { CircleAlert, CircleCheck, CircleX, LoaderCircle } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Page.tsx';
import { bytesWord } from './entry.ts';
import { isOpen, type Upload } from './uploads.ts';
import { useUploads } from './useUploads.ts';

/** What is on its way into a sandbox, and what has arrived. */
export function UploadList({ sandboxId }: { sandboxId: string }) {
  const { uploads, queue } = useUploads(sandboxId);
  if (uploads.length === 0) return null;
  const open = uploads.filter(({ state }) => isOpen(state)).length;
  return (
    <section aria-label="Uploads">
      <Panel>
        <header className="flex items-center justify-between gap-3 border-b border-line py-1.5 pr-2 pl-4">
          <p className="text-table font-medium" role="status">
            {open === 0 ? 'Uploads are over' : open === 1 ? '1 upload is under way' : `${open} uploads are under way`}
          </p>
          <Button
            look="quiet"
            small
            disabledReason={open === uploads.length ? 'None of them is over yet.' : undefined}
            onClick={() => queue.clear(sandboxId)}
          >
            Clear
          </Button>
        </header>
        <ul className="max-h-60 divide-y divide-line overflow-y-auto">
          {uploads.map((upload) => (
            <UploadRow
              key={upload.number}
              upload={upload}
              onCancel={() => queue.cancel(upload)}
              onAgain={(replace) => queue.again(upload, replace)}
            />
          ))}
        </ul>
      </Panel>
    </section>
  );
}

interface RowProps {
  readonly upload: Upload;
  readonly onCancel: () => void;
  readonly onAgain: (replace: boolean) => void;
}

function UploadRow({ upload, onCancel, onAgain }: RowProps) {
  const { name, size, sent, state } = upload;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2 text-table">
      <Mark state={state} />
      <span className="min-w-0 flex-1 basis-40">
        <span className="block truncate" title={name}>
          {name}
        </span>
        <span className="block text-small text-ink-faint">{sayState(upload)}</span>
      </span>
      {isOpen(state) && (
        <progress
          aria-label={`Upload of ${name}`}
          max={Math.max(size, 1)}
          value={sent}
          className="h-1.5 w-32 overflow-clip rounded-full bg-unknown-soft accent-accent [&::-webkit-progress-bar]:bg-unknown-soft [&::-webkit-progress-value]:bg-accent"
        />
      )}
      {isOpen(state) && (
        <Button small onClick={onCancel}>
          Cancel
        </Button>
      )}
      {state.kind === 'taken' && (
        <Button small look="dangerQuiet" onClick={() => onAgain(true)}>
          Replace it
        </Button>
      )}
      {state.kind === 'failed' && (
        <Button small onClick={() => onAgain(false)}>
          Try again
        </Button>
      )}
    </li>
  );
}

function Mark({ state }: { state: Upload['state'] }) {
  if (isOpen(state)) return <LoaderCircle aria-hidden className="size-4 shrink-0 animate-turn text-moving" />;
  if (state.kind === 'done') return <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />;
  if (state.kind === 'canceled') return <CircleX aria-hidden className="size-4 shrink-0 text-ink-faint" />;
  return <CircleAlert aria-hidden className="size-4 shrink-0 text-wrong" />;
}

function sayState({ state, size, sent }: Upload): string {
  switch (state.kind) {
    case 'waiting':
      return `Waits, ${bytesWord(size)}`;
    case 'sending':
      return `${bytesWord(sent)} of ${bytesWord(size)}`;
    case 'retrying':
      return `The connection broke at ${bytesWord(sent)}; it goes on by itself`;
    case 'done':
      return `In place, ${bytesWord(size)}`;
    case 'canceled':
      return 'Canceled';
    case 'taken':
      return 'Something has this name already; it was left as it is';
    case 'failed':
      return `${state.problem.message} ${state.problem.help}`;
  }
}
