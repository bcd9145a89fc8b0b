import { useQuery } from '@connectrpc/connect-query';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { sandboxName } from '../sandboxes/name.ts';
import { snapshotName } from './words.ts';

const mostNames = 6;

/** What stands on a template or snapshot, by name; said before it is deleted. `origin` is what sandboxes name as their template. */
export function Dependents({ origin }: { origin: string }) {
  const sandboxes = useQuery(SandboxService.method.listSandboxes, { pageSize: 1000 }, { staleTime: 0 });
  const snapshots = useQuery(SnapshotService.method.listSnapshots, { pageSize: 1000 }, { staleTime: 0 });
  if (sandboxes.data === undefined || snapshots.data === undefined) return <p>Looking for what was made from it…</p>;
  const names = [
    ...sandboxes.data.sandboxes
      .filter(({ template }) => template === origin)
      .map((one) => ['Sandbox', sandboxName(one)]),
    ...snapshots.data.snapshots
      .filter(({ template }) => template === origin)
      .map((one) => ['Snapshot', snapshotName(one)]),
  ];
  if (names.length === 0) return <p>Nothing that there is now was made from it.</p>;
  return (
    <div>
      <p>Made from it, and going on without it:</p>
      <ul className="mt-1.5 flex flex-col gap-0.5">
        {names.slice(0, mostNames).map(([kind, name], index) => (
          <li key={index} className="wrap-anywhere">
            <span className="text-ink-faint">{kind}</span> <span className="font-medium text-ink">{name}</span>
          </li>
        ))}
        {names.length > mostNames && <li className="text-ink-faint">and {names.length - mostNames} more</li>}
      </ul>
    </div>
  );
}
