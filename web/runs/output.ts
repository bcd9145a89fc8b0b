/** What a command wrote, in order, by where it wrote. */
export interface Segment {
  readonly from: 'stdout' | 'stderr';
  readonly text: string;
}

export interface Output {
  readonly segments: readonly Segment[];
  /** Characters that are held. */
  readonly length: number;
  /** Whether the beginning was dropped, because there was too much. */
  readonly cut: boolean;
}

export const noOutput: Output = { segments: [], length: 0, cut: false };

/** A page holds so many characters of a command's output; the beginning goes first. */
const limit = 400_000;

/** The output with more at its end. What comes from the same stream joins the last segment. */
export function withOutput(output: Output, from: Segment['from'], text: string): Output {
  if (text === '') return output;
  const last = output.segments.at(-1);
  const segments =
    last?.from === from
      ? [...output.segments.slice(0, -1), { from, text: last.text + text }]
      : [...output.segments, { from, text }];
  return bounded({ segments, length: output.length + text.length, cut: output.cut });
}

function bounded(output: Output): Output {
  let excess = output.length - limit;
  if (excess <= 0) return output;
  const segments: Segment[] = [];
  for (const segment of output.segments) {
    const dropped = Math.min(excess, segment.text.length);
    excess -= dropped;
    if (dropped < segment.text.length) segments.push({ ...segment, text: segment.text.slice(dropped) });
  }
  return { segments, length: limit, cut: true };
}

/** Terminal codes for colours and cursors, which a plain page cannot follow. */
// oxlint-disable-next-line no-control-regex -- these are control codes
const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** A text without terminal codes. */
export const plainText = (text: string): string => (text.includes('\u001b') ? text.replace(terminalCodes, '') : text);
