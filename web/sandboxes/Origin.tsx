import { Link } from '@tanstack/react-router';
import { paths } from '../paths.ts';

const snapshotId = /^snap[0-9a-z]{12,}$/;

/** What a sandbox was made from: a template by its name, or a way to the snapshot. */
export function Origin({ of: origin }: { of: string }) {
  if (!snapshotId.test(origin)) return origin;
  return (
    <Link
      {...paths.snapshot({}, origin)}
      title={origin}
      className="relative z-1 underline decoration-line-strong hover:text-link"
    >
      a snapshot
    </Link>
  );
}
