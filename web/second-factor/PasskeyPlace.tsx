import { Globe } from 'lucide-react';
import { inlineLinkClasses } from '../parts/links.ts';

/** Whether the browser uses passkeys on this page. `origin` is where the server says that they work. */
export const passkeysWorkHere = (origin: string): boolean => origin === window.location.origin;

/** Says where passkeys work, on a page where they do not. `path` is where to go on there. */
export function PasskeyPlace({ origin, path }: { origin: string; path: string }) {
  return (
    <p role="status" className="flex gap-2.5 rounded-control bg-attention-soft px-3 py-2.5 text-table">
      <Globe aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
      {origin === '' ? (
        <span>
          Browsers allow no passkeys at this installation’s address: it needs https and a host name. Whoever runs it
          sets <code className="text-code">MUSTER_PUBLIC_URL</code>.
        </span>
      ) : (
        <span>
          Passkeys belong to one address. They work at{' '}
          <a href={`${origin}${path}`} className={`wrap-anywhere ${inlineLinkClasses}`}>
            {origin}
          </a>
          , not on this page.
        </span>
      )}
    </p>
  );
}
