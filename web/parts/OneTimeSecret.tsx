import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from './Copy.tsx';

/** A secret that is shown this once, with what to do if it is lost. */
export function OneTimeSecret({ label, secret, lost }: { label: string; secret: string; lost: ReactNode }) {
  return (
    <div className="flex flex-col gap-2 rounded-panel bg-attention-soft p-3.5">
      <div className="flex items-start justify-between gap-3">
        <p className="flex items-center gap-2 text-table font-medium">
          <KeyRound aria-hidden className="size-4 text-attention" />
          {label}
        </p>
        <CopyButton text={secret} label="Copy" />
      </div>
      <code
        aria-label={label}
        className="block rounded-control bg-panel px-2.5 py-2 text-code break-all ring-1 ring-line ring-inset select-all"
      >
        {secret}
      </code>
      <p className="text-small text-ink-muted">{lost}</p>
    </div>
  );
}
