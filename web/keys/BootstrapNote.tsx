import { Link } from '@tanstack/react-router';
import { KeySquare } from 'lucide-react';
import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { inlineLinkClasses } from '../parts/links.ts';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** Reports the use of the key that stands in the environment, as long as it works. */
export const BootstrapNote = ({ apiKey }: { apiKey: ApiKey }) => (
  <section
    aria-label="The bootstrap key"
    className="flex gap-3 rounded-panel bg-attention-soft px-4 py-3 text-table text-pretty"
  >
    <KeySquare aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
    <p className="min-w-0">
      <span className="font-medium">The bootstrap key from the environment works</span>
      {apiKey.lastUsedAt ? (
        <>
          ; it was last used <RelativeTime at={apiKey.lastUsedAt} /> from{' '}
          {apiKey.lastUsedAddress || 'an unknown address'}
          {apiKey.lastUsedAgent !== '' && <> by {apiKey.lastUsedAgent}</>}.{' '}
        </>
      ) : (
        '; it was never used. '
      )}
      Every use stands in the{' '}
      <Link {...paths.auditOf({ action: 'bootstrap_key.use' })} className={inlineLinkClasses}>
        audit
      </Link>
      . Once you have keys with names, revoke it.
    </p>
  </section>
);
