import { useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { classes } from '../parts/classes.ts';
import { Panel } from '../parts/Page.tsx';
import { exactTime } from '../time/relative.ts';
import { graphSentence, runsOf, topOf, type Graph, type Line, type Point } from './series.ts';

interface ChartProps {
  readonly graph: Graph;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/* The drawing's own units; it is stretched to the width that there is. */
const width = 600;
const height = 120;

const strokes = ['stroke-accent', 'stroke-moving-solid'] as const;
const fills = ['fill-accent/12', 'fill-moving-solid/10'] as const;
const dots = ['bg-accent', 'bg-moving-solid'] as const;

/** What was used over time. The pointer, or the arrow keys, read it at a moment. */
export function Chart({ graph, fromMs, toMs, stepMs }: ChartProps) {
  const titleId = useId();
  const plot = useRef<HTMLDivElement>(null);
  const [readAtMs, setReadAtMs] = useState<number>();
  const top = topOf(graph);
  const times = graph.lines[0]?.points.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs) ?? [];
  const shownAtMs = readAtMs === undefined ? undefined : nearest(times, readAtMs);
  const x = (atMs: number) => ((atMs - fromMs) / (toMs - fromMs)) * width;
  const y = (value: number) => height - Math.min(1, value / top) * height;

  const point = ({ clientX }: PointerEvent) => {
    const box = plot.current?.getBoundingClientRect();
    if (box && box.width > 0) setReadAtMs(fromMs + ((clientX - box.left) / box.width) * (toMs - fromMs));
  };
  const step = (event: KeyboardEvent) => {
    const moved = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === 'Escape') return setReadAtMs(undefined);
    if (moved === undefined) return;
    event.preventDefault();
    const at = shownAtMs === undefined ? times.length - 1 : times.indexOf(shownAtMs) + moved;
    setReadAtMs(times[Math.max(0, Math.min(times.length - 1, at))]);
  };

  return (
    <Panel className="flex min-w-0 flex-col gap-2 px-4 pt-3.5 pb-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h3 id={titleId} className="text-table font-medium">
          {graph.title}
        </h3>
        <ul className="flex flex-wrap gap-x-4 text-table tabular-nums">
          {graph.lines.map((line, index) => (
            <Reading
              key={line.word}
              line={line}
              graph={graph}
              atMs={shownAtMs}
              dot={graph.lines.length > 1 ? dots[index] : undefined}
            />
          ))}
        </ul>
      </div>
      <div
        ref={plot}
        // It is read moment by moment, as a slider is.
        role="slider"
        tabIndex={0}
        aria-labelledby={titleId}
        aria-valuemin={fromMs}
        aria-valuemax={toMs}
        aria-valuenow={shownAtMs ?? toMs}
        aria-valuetext={shownAtMs === undefined ? graphSentence(graph) : valueText(graph, shownAtMs)}
        onPointerMove={point}
        onPointerLeave={() => setReadAtMs(undefined)}
        onBlur={() => setReadAtMs(undefined)}
        onKeyDown={step}
        className="relative h-30 touch-pan-y rounded-tag"
      >
        <svg
          aria-hidden
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          className="size-full overflow-visible"
        >
          {[0, 0.5, 1].map((part) => (
            <line
              key={part}
              x1={0}
              x2={width}
              y1={part * height}
              y2={part * height}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {graph.limit > 0 && graph.limit <= top && (
            <line
              x1={0}
              x2={width}
              y1={y(graph.limit)}
              y2={y(graph.limit)}
              strokeDasharray="4 4"
              className="stroke-attention-solid"
              vectorEffect="non-scaling-stroke"
            />
          )}
          {graph.lines.map((line, index) =>
            runsOf(
              line.points.filter(({ atMs }) => atMs >= fromMs),
              stepMs,
            ).map((run) => (
              <Run key={`${line.word}${run[0]?.atMs}`} run={drawable(run, stepMs)} x={x} y={y} index={index} />
            )),
          )}
          {shownAtMs !== undefined && (
            <line
              x1={x(shownAtMs)}
              x2={x(shownAtMs)}
              y1={0}
              y2={height}
              className="stroke-ink-faint"
              vectorEffect="non-scaling-stroke"
            />
          )}
        </svg>
        <span className="pointer-events-none absolute top-1 left-0 rounded-tag bg-panel/80 pr-1 text-small text-ink-faint tabular-nums">
          {graph.text(top)}
        </span>
        {times.length === 0 && (
          <p className="absolute inset-0 flex items-center justify-center text-small text-ink-faint">
            Nothing was measured in this time.
          </p>
        )}
      </div>
      <div className="flex justify-between text-small text-ink-faint tabular-nums">
        <span>{clock(fromMs)}</span>
        <span>{shownAtMs === undefined ? graph.limit > 0 && `limit ${graph.limitText}` : exactTime(shownAtMs)}</span>
        <span>{clock(toMs)}</span>
      </div>
    </Panel>
  );
}

/** One sample alone is a line as long as the time that it speaks of. */
function drawable(run: readonly Point[], stepMs: number): readonly Point[] {
  const only = run.length === 1 ? run[0] : undefined;
  return only ? [{ ...only, atMs: only.atMs - stepMs }, only] : run;
}

interface RunProps {
  readonly run: readonly Point[];
  readonly x: (atMs: number) => number;
  readonly y: (value: number) => number;
  readonly index: number;
}

function Run({ run, x, y, index }: RunProps) {
  const points = run.map(({ atMs, value }) => `${x(atMs).toFixed(1)},${y(value).toFixed(1)}`);
  const first = run[0];
  const last = run.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <>
      <polygon
        points={[`${x(first.atMs).toFixed(1)},${height}`, ...points, `${x(last.atMs).toFixed(1)},${height}`].join(' ')}
        className={fills[index]}
      />
      <polyline
        points={points.join(' ')}
        fill="none"
        strokeWidth={1.75}
        strokeLinejoin="round"
        strokeLinecap="round"
        className={strokes[index]}
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}

/** What a line says at a moment; its newest value where none is read. */
function Reading({
  line,
  graph,
  atMs,
  dot,
}: {
  line: Line;
  graph: Graph;
  atMs: number | undefined;
  dot: string | undefined;
}) {
  const shown = atMs === undefined ? line.points.at(-1) : line.points.find((one) => one.atMs === atMs);
  return (
    <li className="inline-flex items-center gap-1.5">
      {dot && (
        <>
          <span aria-hidden className={classes('size-2 rounded-full', dot)} />
          <span className="text-ink-faint">{line.word}</span>
        </>
      )}
      <span className="font-medium">{shown ? graph.text(shown.value) : '–'}</span>
    </li>
  );
}

const nearest = (times: readonly number[], atMs: number): number | undefined =>
  times.reduce<number | undefined>(
    (best, time) => (best === undefined || Math.abs(time - atMs) < Math.abs(best - atMs) ? time : best),
    undefined,
  );

function valueText({ lines, text }: Graph, atMs: number): string {
  const values = lines.map(({ word, points }) => {
    const found = points.find((one) => one.atMs === atMs);
    return `${word} ${found ? text(found.value) : 'not measured'}`;
  });
  return `${clock(atMs)}: ${values.join(', ')}`;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clock = (atMs: number): string => clockFormat.format(atMs);
