import { Link } from '@tanstack/react-router';
import { inlineLinkClasses } from '../parts/links.ts';
import { paths } from '../paths.ts';

/** Something whose files lie in the control plane's store, on hosts, or both. */
interface Held {
  readonly stored: boolean;
  readonly hostIds: readonly string[];
}

/** Where files lie, in a cell: "store, 2 hosts". */
export function HoldersCell({ held: { stored, hostIds }, nameOf }: { held: Held; nameOf: (hostId: string) => string }) {
  const hosts = hostIds.length === 1 ? nameOf(hostIds[0]!) : `${hostIds.length} hosts`;
  const words = [stored && 'store', hostIds.length > 0 && hosts].filter(Boolean);
  return (
    <span title={hostIds.map(nameOf).join(', ')} className="text-ink-muted">
      {words.length > 0 ? words.join(', ') : '–'}
    </span>
  );
}

/** Where files lie, with links to the hosts. */
export function HoldersList({ held: { stored, hostIds }, nameOf }: { held: Held; nameOf: (hostId: string) => string }) {
  return (
    <ul className="flex flex-col gap-1">
      <li>
        {stored
          ? 'The control plane’s store: every host can fetch it'
          : 'Not in the control plane’s store yet: only these hosts can use it'}
      </li>
      {hostIds.map((hostId) => (
        <li key={hostId}>
          <Link {...paths.host(hostId)} className={inlineLinkClasses}>
            {nameOf(hostId)}
          </Link>
        </li>
      ))}
    </ul>
  );
}
