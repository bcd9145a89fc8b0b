import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { SnapshotState as WireState, type SnapshotSchema } from '#proto/muster/v1/snapshot_pb.js';
import { boundHostOf, type Caller } from '../access/index.ts';
import type { Snapshot, SnapshotState } from './snapshot.ts';

const states = {
  creating: WireState.CREATING,
  ready: WireState.READY,
  failed: WireState.FAILED,
  deleted: WireState.UNSPECIFIED,
} satisfies Record<SnapshotState, WireState>;

/** A snapshot as this caller reads it. */
export function snapshotToProto(snapshot: Snapshot, caller: Caller): MessageInitShape<typeof SnapshotSchema> {
  const { id, teamId, name, sandboxId, template, createdBy, reason, layers, stored } = snapshot;
  const bound = boundHostOf(caller);
  return {
    id,
    teamId,
    name,
    sandboxId,
    template,
    createdBy,
    reason,
    stored,
    state: states[snapshot.state],
    digest: layers.at(-1) ?? '',
    sizeBytes: BigInt(snapshot.sizeBytes),
    createdAt: timestampFromDate(snapshot.createdAt),
    hostIds: snapshot.hostIds.filter((hostId) => bound === undefined || hostId === bound),
  };
}
