import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { TriangleAlert } from 'lucide-react';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';
import { endingOf } from './expiry.ts';

/** When a credential ends, with a warning before and after. `why` is said where it never does. */
export function Ends({ at, why = '' }: { at: Timestamp | undefined; why?: string }) {
  const ending = useTime((now) => endingOf(at, now));
  if (ending === 'never') {
    return (
      <span className="text-ink-muted" title={why || undefined}>
        never
      </span>
    );
  }
  if (ending === 'later') return <RelativeTime at={at} className="text-ink-muted" />;
  return (
    <span className={`inline-flex items-center gap-1.5 ${ending === 'soon' ? 'text-attention' : 'text-wrong'}`}>
      <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
      <span className="sr-only">{ending === 'soon' ? 'Soon: ' : 'Over: '}</span>
      <RelativeTime at={at} />
    </span>
  );
}
