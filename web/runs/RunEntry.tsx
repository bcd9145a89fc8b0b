import { Ban, CircleCheck, CircleX, Square, Timer } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/Copy.tsx';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { tookLength } from '../time/relative.ts';
import { useTime } from '../time/useTime.ts';
import type { Output } from './output.ts';
import type { Run, RunEnd } from './run-log.ts';

/** A command with what it wrote and how it ended. */
export function RunEntry({ run, onCancel }: { run: Run; onCancel: () => void }) {
  const text = run.output.segments.map((segment) => segment.text).join('');
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <code className="min-w-0 flex-1 basis-48 text-code font-medium whitespace-pre-wrap wrap-anywhere">
          <span aria-hidden className="text-ink-faint select-none">
            ${' '}
          </span>
          {run.command}
        </code>
        <div className="flex items-center gap-2">
          <span className="text-small text-ink-faint">
            {run.tookMs === undefined ? <RunningFor since={run.startedMs} /> : tookLength(run.tookMs)}
          </span>
          {run.end === undefined ? (
            <Button small icon={Square} onClick={onCancel}>
              Cancel
            </Button>
          ) : (
            <>
              {run.end.kind !== 'refused' && <StatusPill look={endLook(run.end)} />}
              {text !== '' && <CopyButton text={text} label="Copy output" look="quiet" />}
            </>
          )}
        </div>
      </div>
      <OutputView output={run.output} />
      {run.end?.kind === 'refused' && <ProblemNote problem={run.end.problem} />}
    </li>
  );
}

function endLook(end: Exclude<RunEnd, { kind: 'refused' }>): StatusLook {
  if (end.kind === 'canceled') return { tone: 'idle', word: 'Canceled', icon: Ban };
  if (end.timedOut) return { tone: 'wrong', word: 'Timed out', icon: Timer };
  if (end.code === 0) return { tone: 'good', word: 'Exit code 0', icon: CircleCheck };
  return { tone: 'wrong', word: `Exit code ${end.code}${end.signal && `, ${end.signal}`}`, icon: CircleX };
}

/** The browser's own clock: it measures a length, not a time of day. */
function RunningFor({ since }: { since: number }) {
  return useTime(() => `${Math.max(0, Math.round((Date.now() - since) / 1000))} s`);
}

/** What a command wrote; at its end as long as one does not scroll away from there. */
export function OutputView({ output }: { output: Output }) {
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const element = box.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  });
  if (output.segments.length === 0) return null;
  return (
    <pre
      ref={box}
      tabIndex={0}
      aria-label="Output"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
      className="max-h-96 overflow-auto rounded-control bg-sunken px-3 py-2 text-code whitespace-pre-wrap wrap-anywhere ring-1 ring-line ring-inset"
    >
      {output.cut && (
        <span className="block text-ink-faint italic">
          The beginning is not shown: the output is too long for this page.
        </span>
      )}
      {output.segments.map((segment, index) =>
        segment.from === 'stdout' ? (
          <span key={index}>{segment.text}</span>
        ) : (
          <span
            key={index}
            title="standard error"
            className="-ml-2 block border-l-2 border-wrong-solid pl-1.5 text-wrong"
          >
            <span className="sr-only">standard error: </span>
            {segment.text}
          </span>
        ),
      )}
    </pre>
  );
}
