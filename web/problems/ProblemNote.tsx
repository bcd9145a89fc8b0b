import { CircleAlert, RotateCw } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import type { Problem } from './problem.ts';

/** In a long form the note may appear below the edge. */
const bringIntoView = (note: HTMLElement | null) => note?.scrollIntoView({ block: 'nearest' });

/** What went wrong, what to do next, and the id to quote. */
export function ProblemNote({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <div role="alert" ref={bringIntoView} className="flex gap-2.5 rounded-control bg-wrong-soft px-3 py-2.5 text-table">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-wrong" />
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{problem.message}</p>
        {problem.help !== '' && <p className="mt-0.5 text-ink-muted">{problem.help}</p>}
        {problem.requestId !== '' && <RequestId id={problem.requestId} />}
      </div>
      {onRetry && (
        <Button small icon={RotateCw} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** The id under which the server logged a request. */
export function RequestId({ id }: { id: string }) {
  return (
    <p className="mt-1 text-small text-ink-muted">
      Request <CopyText text={id} label="the request id" className="ml-0.5 text-small" />
    </p>
  );
}
