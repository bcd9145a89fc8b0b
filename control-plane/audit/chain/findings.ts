/** What a verification can find, each with the sentence that says what it means. */
const sentences = {
  changed: 'The row at position {position} was changed after it had been sealed, or the seal before it was.',
  missing: 'The row at position {position} was removed after it had been sealed.',
  seal_missing: 'The seals of positions {position} to {to} were removed.',
  forked: 'Two seals claim position {position}: the chain was forked.',
  unknown_version:
    'The seal at position {position} is of a version that this server does not know: verify with a newer one.',
  unsealed:
    'The audit row {eventId} has no seal and does not wait for one: it was added behind the door, or its seal was removed.',
  lost: 'The audit row {eventId} waited for its seal and was removed.',
  origin_changed: 'Where the call at position {position} came from was changed after it had been sealed.',
  origin_missing: 'Where the call at position {position} came from was removed, and no audited erasure says so.',
  content_changed: 'What the call at position {position} changed was altered after it had been sealed.',
  content_missing: 'What the call at position {position} changed was removed, and no audited erasure says so.',
  erasure_unproven: 'The erasure of the audit row {eventId} covers more or less than it says.',
  shortened:
    'A checkpoint of {at} signs position {position}, but the chain ends before: its newest rows were removed, or an older database was restored.',
  rewritten:
    'The chain at position {position} is not what the checkpoint of {at} signed: it was rewritten at or before this position.',
  checkpoint_invalid: 'The checkpoint of position {position} is not signed by this installation.',
  checkpoint_missing: 'The database has lost the checkpoint of position {position} that was signed at {at}.',
  checkpoint_unreadable: 'A line of the checkpoint file is no checkpoint: the file was changed.',
} as const;

export type FindingKind = keyof typeof sentences;

/** Something that should not be. */
export interface Finding {
  readonly kind: FindingKind;
  /** The position in the chain; undefined where it has none. */
  readonly position: bigint | undefined;
  /** The audit row's id; undefined where it is not known. */
  readonly eventId: string | undefined;
  readonly sentence: string;
}

interface Place {
  readonly position?: bigint;
  /** The last position, where several are meant. */
  readonly to?: bigint;
  readonly eventId?: string;
  readonly atMicros?: bigint;
}

export function finding(kind: FindingKind, place: Place): Finding {
  const { position, to, eventId, atMicros } = place;
  const words: Readonly<Record<string, string | undefined>> = {
    position: position?.toString(),
    to: (to ?? position)?.toString(),
    eventId,
    at: atMicros === undefined ? undefined : timeOf(atMicros),
  };
  const sentence = sentences[kind].replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? 'unknown');
  return { kind, position, eventId, sentence };
}

/** What was tampered with may name a time that no calendar has. */
function timeOf(atMicros: bigint): string {
  const date = new Date(Number(atMicros / 1000n));
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString();
}
