import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { RelativeTime } from '../time/RelativeTime.tsx';

interface Used {
  readonly lastUsedAt?: Timestamp;
  readonly lastUsedAddress: string;
  readonly lastUsedAgent: string;
}

/** When, from where and by what a credential was last used. */
export function LastUse({ used }: { used: Used }) {
  const { lastUsedAt, lastUsedAddress, lastUsedAgent } = used;
  if (lastUsedAt === undefined) return <span className="text-ink-faint">never</span>;
  return (
    <span className="flex min-w-0 flex-col">
      <RelativeTime at={lastUsedAt} />
      <span className="max-w-44 truncate text-small text-ink-faint" title={`${lastUsedAddress} ${lastUsedAgent}`}>
        {[lastUsedAddress, lastUsedAgent].filter(Boolean).join(', ')}
      </span>
    </span>
  );
}
