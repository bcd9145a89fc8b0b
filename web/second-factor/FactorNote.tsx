import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** What came instead of a passkey, in a sentence. */
export function FactorNote({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="flex gap-2.5 rounded-control bg-wrong-soft px-3 py-2.5 text-table">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-wrong" />
      {children}
    </p>
  );
}
