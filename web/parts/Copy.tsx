import { Copy as CopyIcon, X } from 'lucide-react';
import { buttonClasses } from './Button.tsx';
import { classes } from './classes.ts';
import { useCopy } from './useCopy.ts';

/** A check that draws itself. */
function DrawnCheck({ className }: { className?: string }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
    >
      <path d="M5 12.5l4.5 4.5L19 7" strokeDasharray="24" className="animate-check" />
    </svg>
  );
}

function CopyMark({ state, className }: { state: 'idle' | 'copied' | 'failed'; className: string }) {
  if (state === 'copied') return <DrawnCheck className={classes(className, 'text-good')} />;
  const Icon = state === 'failed' ? X : CopyIcon;
  return <Icon aria-hidden className={className} />;
}

const spoken = { idle: '', copied: 'Copied', failed: 'Could not be copied: select the text instead' } as const;

/** An id, SHA or other exact text: mono, copied by a click. `show` where less than the whole is shown. */
export function CopyText({
  text,
  show,
  label,
  className,
}: {
  text: string;
  show?: string;
  label: string;
  className?: string;
}) {
  const { state, copy } = useCopy();
  return (
    <button
      type="button"
      title={state === 'idle' ? `${text} (click to copy)` : spoken[state]}
      aria-label={`${show ?? text}, copy ${label}`}
      onClick={() => copy(text)}
      className={classes(
        'group/copy relative -mx-1 inline-flex max-w-full items-center rounded-tag px-1 font-mono text-code text-ink-muted transition-colors hover:bg-hover hover:text-ink',
        className,
      )}
    >
      <span className="truncate">{show ?? text}</span>
      {/* Beside the text and over what follows, so that nothing moves when it appears. */}
      <span
        className={classes(
          'pointer-events-none absolute inset-y-0 left-full z-1 -ml-1 flex items-center rounded-r-tag bg-hover px-1 transition-opacity',
          state === 'idle' && 'opacity-0 group-hover/copy:opacity-100 group-focus-visible/copy:opacity-100',
        )}
      >
        <CopyMark state={state} className="size-3 shrink-0" />
      </span>
      <span role="status" className="sr-only">
        {spoken[state]}
      </span>
    </button>
  );
}

/** A button that copies. */
export function CopyButton({
  text,
  label,
  look = 'secondary',
}: {
  text: string;
  label: string;
  look?: 'primary' | 'secondary' | 'quiet';
}) {
  const { state, copy } = useCopy();
  return (
    <button type="button" onClick={() => copy(text)} className={buttonClasses(look, true)}>
      <CopyMark state={state} className="size-3.5" />
      {state === 'copied' ? 'Copied' : label}
      <span role="status" className="sr-only">
        {spoken[state]}
      </span>
    </button>
  );
}

/** A command line, or several, with a button that copies them. */
export function CommandBlock({ command, label = 'Copy the command' }: { command: string; label?: string }) {
  const { state, copy } = useCopy();
  return (
    <div className="group relative rounded-control bg-sunken ring-1 ring-line ring-inset">
      <pre
        tabIndex={0}
        className="overflow-x-auto rounded-control py-2 pr-11 pl-3 text-code whitespace-pre-wrap wrap-anywhere"
      >
        <code>{command}</code>
      </pre>
      <button
        type="button"
        aria-label={label}
        title={spoken[state] || label}
        onClick={() => copy(command)}
        className="absolute top-1 right-1 inline-flex size-7 items-center justify-center rounded-control bg-sunken text-ink-faint hover:bg-hover hover:text-ink"
      >
        <CopyMark state={state} className="size-3.5" />
      </button>
      <span role="status" className="sr-only">
        {spoken[state]}
      </span>
    </div>
  );
}
