import { Link } from '@tanstack/react-router';
import { paths } from '../paths.ts';
import type { Runner } from './who-runs.ts';

const most = 3;

/** The hosts that run a commit, by name; of many, how many more there are. */
export function RunnerNames({ runners }: { runners: readonly Runner[] }) {
  const hosts = [...new Map(runners.map((one) => [one.hostId, one])).values()];
  if (hosts.length === 0) return <span className="text-ink-faint">–</span>;
  return (
    <span className="flex flex-wrap gap-x-2">
      {hosts.slice(0, most).map(({ hostId, hostName }) => (
        <Link key={hostId} {...paths.host(hostId)} className="text-link wrap-anywhere hover:underline">
          {hostName}
        </Link>
      ))}
      {hosts.length > most && <span className="text-ink-muted">and {hosts.length - most} more</span>}
    </span>
  );
}
