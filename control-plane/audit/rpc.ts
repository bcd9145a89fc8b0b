import type { ConnectRouter } from '@connectrpc/connect';
import { AuditExportFormat, AuditService } from '#proto/muster/v1/audit_pb.js';
import { authorize, type Caller } from '../access/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext, stayingCheck } from '../server/request-context.ts';
import { exportEvents, formatOf } from './export.ts';
import { listEvents } from './read-store.ts';
import { recordAudit } from './record.ts';
import { readableScope } from './scope.ts';
import { stepToProto, verifyInstallation } from './verification.ts';
import { checkpointFrom, eventToProto, filterFrom } from './view.ts';

const aRowId = /^\d{1,18}$/;

export function auditRoutes(router: ConnectRouter): void {
  router.service(AuditService, {
    async listAuditEvents({ pageSize: asked, pageToken, teamId, filter }, { values }) {
      const context = values.get(requestContext);
      const scope = readableScope(context.caller, teamId);
      const size = pageSize(asked);
      const [before] = placeFrom(pageToken, [aRowId]) ?? [];
      const events = await listEvents(context.sql, filterFrom(filter, scope), before, size + 1);
      const { rows, nextPageToken } = pageOf(events, size, ({ id }) => [id]);
      return { events: rows.map(eventToProto), nextPageToken };
    },

    async *exportAuditEvents({ format, teamId, filter, afterPosition }, { values }) {
      const context = values.get(requestContext);
      const scope = readableScope(context.caller, teamId);
      const mayExport = (caller: Caller) => authorize(caller, 'audit.export', scope.kind === 'team' ? scope : {});
      mayExport(context.caller);
      values.set(stayingCheck, mayExport);
      const wanted = filterFrom(filter, scope);
      const { actor, actionPrefix, target } = wanted;
      await recordAudit(context.sql, context, {
        action: 'audit.export',
        teamId: wanted.teamId,
        after: {
          format: AuditExportFormat[format].toLowerCase(),
          actor,
          actionPrefix,
          target,
          afterPosition: String(afterPosition),
        },
      });
      yield* exportEvents(context, wanted, formatOf(format), afterPosition);
    },

    async *verifyAudit({ checkpoints }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'audit.verify');
      values.set(stayingCheck, (caller) => authorize(caller, 'audit.verify'));
      for await (const step of verifyInstallation(context, checkpoints.map(checkpointFrom))) yield stepToProto(step);
    },
  });
}
