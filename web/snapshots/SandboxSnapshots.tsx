import { Link } from '@tanstack/react-router';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { bytesWord } from '../files/entry.ts';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel, Section } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useSnapshots } from './useSnapshots.ts';
import { snapshotName } from './words.ts';

const mostShown = 4;

/** The newest snapshots of a sandbox, with the way to all of them. Nothing where there are none. */
export function SandboxSnapshots({ sandbox }: { sandbox: Sandbox }) {
  const snapshots = useSnapshots(sandbox.id).data?.snapshots ?? [];
  if (snapshots.length === 0) return null;
  return (
    <Section
      title="Snapshots"
      aside={
        <Link {...paths.snapshotsOf(sandbox.id)} className="text-table text-link hover:underline">
          {snapshots.length > mostShown ? `All ${snapshots.length}` : 'Open in Snapshots'}
        </Link>
      }
    >
      <Panel className="px-4 py-3">
        <ul className="flex flex-col gap-1.5 text-table">
          {snapshots.slice(0, mostShown).map((snapshot) => (
            <li key={snapshot.id} className="flex flex-wrap justify-between gap-x-3">
              <Link {...paths.snapshot({ sandbox: sandbox.id }, snapshot.id)} className={inlineLinkClasses}>
                {snapshotName(snapshot)}
              </Link>
              <span className="text-small text-ink-faint">
                {bytesWord(snapshot.sizeBytes)}, <RelativeTime at={snapshot.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}
