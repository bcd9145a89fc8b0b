import { timestampMs } from '@bufbuild/protobuf/wkt';
import { HostEventKind, type HostEvent } from '#proto/muster/v1/host_pb.js';
import { roughLength } from '../time/relative.ts';

/** A time in which a host was there, or silent. */
export interface Spell {
  readonly silent: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Life {
  /** Newest first. */
  readonly events: readonly HostEvent[];
  /** Whether it is silent now. */
  readonly silentNow: boolean;
  /** When it joined, for hosts of which nothing else is known. */
  readonly joinedMs: number;
  readonly fromMs: number;
  readonly nowMs: number;
}

const begins: ReadonlySet<HostEventKind> = new Set([HostEventKind.JOINED, HostEventKind.ONLINE]);

/** The spells of a host's life between two moments, one after the other. Read backwards: how it is now is certain. */
export function spellsOf({ events, silentNow, joinedMs, fromMs, nowMs }: Life): readonly Spell[] {
  const told = events.filter(({ kind }) => begins.has(kind) || kind === HostEventKind.UNREACHABLE);
  const spells: Spell[] = [];
  let silent = silentNow;
  let toMs = nowMs;
  const close = (atMs: number) => {
    const begin = Math.max(atMs, fromMs);
    if (begin < toMs) spells.unshift({ silent, fromMs: begin, toMs });
    toMs = Math.min(toMs, begin);
  };
  for (const [index, { kind, at, lastSeenAt }] of told.entries()) {
    const atMs = at ? timestampMs(at) : 0;
    if (begins.has(kind)) {
      const before = told[index + 1];
      close(atMs);
      if (!before && kind === HostEventKind.JOINED) return spells;
      silent = before === undefined || before.kind === HostEventKind.UNREACHABLE;
    } else if (silent) {
      // Its silence began with its last sign of life, not when that was noticed.
      close(lastSeenAt ? timestampMs(lastSeenAt) : atMs);
      silent = false;
    }
  }
  // Before the first that is known it was as that implies.
  close(told.length === 0 ? joinedMs : fromMs);
  return spells;
}

/** The spells in one sentence. */
export function lifeSentence(spells: readonly Spell[]): string {
  const lengthOf = (wanted: (spell: Spell) => boolean) =>
    spells.filter(wanted).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const [all, silentMs] = [lengthOf(() => true), lengthOf(({ silent }) => silent)];
  if (all === 0) return 'Nothing is known of it in this time.';
  const times = spells.filter(({ silent }) => silent).length;
  if (times === 0) return 'It was never silent in this time.';
  const share = Math.floor(((all - silentMs) / all) * 1000) / 10;
  const often = times === 1 ? 'once' : `${times} times`;
  return `It was there ${share} % of this time, and silent ${often}, for ${roughLength(silentMs)}.`;
}

/** What happened, in words. */
export const eventWords: Readonly<Record<HostEventKind, string>> = {
  [HostEventKind.UNSPECIFIED]: '',
  [HostEventKind.JOINED]: 'It joined',
  [HostEventKind.UNREACHABLE]: 'It fell silent',
  [HostEventKind.ONLINE]: 'It was heard again',
  [HostEventKind.AGENT_STARTED]: 'Its agent started anew',
  [HostEventKind.MACHINE_STARTED]: 'The machine started anew',
};
