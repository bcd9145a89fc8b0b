import type { AlertKind } from '#proto/muster/v1/alert_pb.js';
import { kindLooks } from './states.ts';

/** What a rule or an alert is about, in a word with its picture. */
export function KindWord({ kind }: { kind: AlertKind }) {
  const { word, icon: Icon } = kindLooks[kind];
  return (
    <span className="inline-flex items-center gap-1.5">
      <Icon aria-hidden className="size-4 shrink-0 text-ink-faint" />
      {word}
    </span>
  );
}
