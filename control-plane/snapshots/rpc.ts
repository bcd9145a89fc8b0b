import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { authorize } from '../access/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import {
  callersMetadata,
  ownMetadata,
  sandboxToProto,
  standingTeamOf,
  visibleSandbox,
  type Hands,
} from '../sandboxes/index.ts';
import { requestContext } from '../server/request-context.ts';
import { createSnapshot } from './create.ts';
import { deleteSnapshot } from './delete.ts';
import { visibleSnapshot } from './find.ts';
import { forkSandbox } from './fork.ts';
import { listSnapshots } from './store.ts';
import { snapshotToProto } from './view.ts';

const microseconds = /^\d{1,18}$/;
const anyText = /^/;
const defaultLifeMs = 3_600_000;

export function snapshotRoutes(router: ConnectRouter, hands: Hands): void {
  router.service(SnapshotService, {
    async createSnapshot({ sandboxId, name, requestId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'snapshot.create', sandbox);
      const snapshot = await createSnapshot(context, hands, sandbox, { name, requestId, passing: false });
      return { snapshot: snapshotToProto(snapshot, context.caller) };
    },

    async listSnapshots(request, { values }) {
      const context = values.get(requestContext);
      const { sandboxId } = request;
      const teamId =
        sandboxId === ''
          ? await standingTeamOf(context, request.teamId)
          : (await visibleSandbox(context, sandboxId)).teamId;
      authorize(context.caller, 'snapshot.read', { teamId });
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, [microseconds, anyText]);
      const snapshots = await listSnapshots(context.sql, { teamId, sandboxId, after, limit: size + 1 });
      const { rows, nextPageToken } = pageOf(snapshots, size, ({ createdMicros, id }) => [createdMicros, id]);
      return { snapshots: rows.map((snapshot) => snapshotToProto(snapshot, context.caller)), nextPageToken };
    },

    async getSnapshot({ snapshotId }, { values }) {
      const context = values.get(requestContext);
      const snapshot = await visibleSnapshot(context, snapshotId);
      authorize(context.caller, 'snapshot.read', snapshot);
      return { snapshot: snapshotToProto(snapshot, context.caller) };
    },

    async deleteSnapshot({ snapshotId }, { values }) {
      const context = values.get(requestContext);
      const snapshot = await visibleSnapshot(context, snapshotId, true);
      authorize(context.caller, 'snapshot.delete', snapshot);
      await deleteSnapshot(context, snapshot);
      return {};
    },

    async forkSandbox({ sandboxId, snapshotId, count, metadata, timeout, requestId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.fork', sandbox);
      const timeoutMs = timeout ? durationMs(timeout) : defaultLifeMs;
      const asked = { ...callersMetadata(sandbox.metadata), ...metadata };
      const own = ownMetadata(context.caller, sandbox.teamId, asked);
      const request = { snapshotId, count: count || 1, metadata: own, timeoutMs, requestId };
      const { sandboxes, problems } = await forkSandbox(context, hands, sandbox, request);
      return { sandboxes: sandboxes.map((one) => sandboxToProto(one, context.caller)), problems: [...problems] };
    },
  });
}
