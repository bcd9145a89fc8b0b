import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { MetricsSample } from '#proto/muster/v1/metrics_pb.js';
import type { SandboxLimits } from '#proto/muster/v1/sandbox_pb.js';
import { bytesWord } from '../files/entry.ts';
import { mebibytes, processors } from '../parts/sizes.ts';

/** How fine samples are. */
export type Fineness = 'seconds' | 'minutes';

export const stepMs: Readonly<Record<Fineness, number>> = { seconds: 1000, minutes: 60_000 };
/** How far back samples of a fineness are kept. */
const spanMs: Readonly<Record<Fineness, number>> = { seconds: 600_000, minutes: 86_400_000 };

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** One line of a chart. */
export interface Line {
  readonly word: string;
  readonly points: readonly Point[];
}

/** What a chart shows. */
export interface Graph {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What it cannot exceed, and how that is said; 0 where there is no such thing. */
  readonly limit: number;
  readonly limitText: string;
  /** A value in words. */
  readonly text: (value: number) => string;
  /** Values are bytes: round ones are powers of two. */
  readonly bytes?: true;
}

const mib = 1024 * 1024;

/** The five things that are measured, of samples of one fineness. */
export function graphsOf(
  samples: readonly MetricsSample[],
  { limits, diskBytes, fineness }: { limits: SandboxLimits | undefined; diskBytes: number; fineness: Fineness },
): readonly Graph[] {
  const line = (word: string, value: (sample: MetricsSample) => number): Line => ({
    word,
    points: samples.flatMap((sample) => (sample.at ? [{ atMs: timestampMs(sample.at), value: value(sample) }] : [])),
  });
  const seconds = stepMs[fineness] / 1000;
  const cpu = limits?.cpu ?? 0;
  const memory = (limits?.memoryMib ?? 0) * mib;
  const disk = diskBytes || (limits?.diskMib ?? 0) * mib;
  const pids = limits?.pids ?? 0;
  return [
    {
      title: 'CPU',
      lines: [line('CPU', (sample) => sample.cpu)],
      limit: cpu,
      limitText: processors(cpu),
      text: (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1)),
    },
    {
      title: 'Memory',
      lines: [line('Memory', (sample) => Number(sample.memoryBytes))],
      limit: memory,
      limitText: mebibytes(memory / mib),
      text: bytesWord,
      bytes: true,
    },
    {
      title: 'Disk',
      lines: [line('Disk', (sample) => Number(sample.diskBytes))],
      limit: disk,
      limitText: bytesWord(disk),
      text: bytesWord,
      bytes: true,
    },
    {
      title: 'Processes and threads',
      lines: [line('Processes and threads', (sample) => sample.pids)],
      limit: pids,
      limitText: String(pids),
      text: (value) => String(Math.round(value)),
    },
    {
      title: 'Network',
      lines: [
        line('Received', (sample) => Number(sample.receivedBytes) / seconds),
        line('Sent', (sample) => Number(sample.sentBytes) / seconds),
      ],
      limit: 0,
      limitText: '',
      text: (value) => `${bytesWord(Math.round(value))}/s`,
      bytes: true,
    },
  ];
}

/** Runs of points without a hole: where nobody measured, nothing is drawn. */
export function runsOf(points: readonly Point[], step: number): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  let before: Point | undefined;
  for (const point of points) {
    if (before === undefined || point.atMs - before.atMs > 2.5 * step) runs.push([]);
    runs.at(-1)?.push(point);
    before = point;
  }
  return runs;
}

/**
 * The top of a chart: round, above all values. The limit is the top once half of it is used; far below it, the line would
 * lie flat on the ground.
 */
export function topOf({ lines, limit, bytes }: Graph): number {
  const most = Math.max(0, ...lines.flatMap(({ points }) => points.map(({ value }) => value)));
  if (limit > 0 && most >= limit / 2) return Math.max(limit, most);
  const round = bytes ? powerAbove(most * 1.15) : niceAbove(most * 1.15);
  return limit > 0 ? Math.min(limit, round) : round;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function niceAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** A power of two, not below the value; a kibibyte at least. */
const powerAbove = (value: number): number => 2 ** Math.max(10, Math.ceil(Math.log2(Math.max(1, value))));

/** Less than this is not stretched over the whole width. */
const fewestSteps = 60;

/** Where the charts begin: at the oldest sample that is kept, as long as the rest would be empty. */
export function beginOf(samples: readonly MetricsSample[], toMs: number, fineness: Fineness): number {
  const first = samples[0]?.at;
  const since = first ? toMs - timestampMs(first) : 0;
  return toMs - Math.min(spanMs[fineness], Math.max(fewestSteps * stepMs[fineness], since));
}

/** A chart in one sentence, for those who hear the page. */
export function graphSentence({ title, lines, limit, limitText, text }: Graph): string {
  const parts = lines.map(({ word, points }) => {
    const last = points.at(-1);
    if (last === undefined) return `${word}: nothing measured`;
    const most = Math.max(...points.map(({ value }) => value));
    return `${word}: now ${text(last.value)}, at most ${text(most)}`;
  });
  const sentence = `${parts.join('; ')}${limit > 0 ? `; the limit is ${limitText}` : ''}.`;
  return lines.length > 1 ? `${title}. ${sentence}` : sentence;
}
