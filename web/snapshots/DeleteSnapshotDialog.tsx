import { createConnectQueryKey, useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { SnapshotService, type Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useTell } from '../problems/useReport.ts';
import { Dependents } from './Dependents.tsx';
import { snapshotName } from './words.ts';

/** Deletes a snapshot, once its name was typed. */
export function DeleteSnapshotDialog({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const remove = useMutation(SnapshotService.method.deleteSnapshot);
  const queries = useQueryClient();
  const tell = useTell();
  const name = snapshotName(snapshot);
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title={`Delete ${name}`}
      name={name}
      action={`Delete ${name}`}
      onConfirm={async () => {
        await remove.mutateAsync({ snapshotId: snapshot.id });
        await queries.invalidateQueries({
          queryKey: createConnectQueryKey({ schema: SnapshotService.method.listSnapshots, cardinality: undefined }),
        });
        tell(`${name} is deleted.`);
      }}
      command={<AsCommand lines={commandLines.deleteSnapshot(snapshot.id)} />}
    >
      <div className="flex flex-col gap-3">
        <p>
          Its files are removed everywhere, from hosts that are offline as soon as they are back. No new sandbox can
          begin with them. This cannot be undone.
        </p>
        <Dependents origin={snapshot.id} />
      </div>
    </ConfirmByName>
  );
}
