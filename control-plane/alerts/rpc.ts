import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { AlertService } from '#proto/muster/v1/alert_pb.js';
import { authorize } from '../access/index.ts';
import { notFound } from '../errors.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { findAlert, listAlerts, readMembers } from './alert-store.ts';
import { channelMethods } from './channels/methods.ts';
import { readSampledAt } from './condition-store.ts';
import { retryDelivery, testChannel } from './deliveries/again.ts';
import { listDeliveries } from './deliveries/store.ts';
import { ruleMethods } from './rules/methods.ts';
import { alertToProto, deliveryStateFrom, deliveryToProto, stateFrom } from './view.ts';
import { watchAlerts } from './watch.ts';

const alertPlace = [/^alert[0-9a-z]{12,}$/];
const deliveryPlace = [/^\d{1,18}$/];
const membersInList = 20;
const membersOfOne = 1000;

export function alertRoutes(router: ConnectRouter): void {
  router.service(AlertService, {
    ...ruleMethods,
    ...channelMethods,

    async listAlerts(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.read');
      const { sql } = context;
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, alertPlace)?.[0];
      const found = await listAlerts(sql, stateFrom(request.state), after, size + 1);
      const { rows, nextPageToken } = pageOf(found, size, ({ id }) => [id]);
      const members = await readMembers(
        sql,
        rows.map(({ id }) => id),
        membersInList,
      );
      const membersOf = Map.groupBy(members, ({ alertId }) => alertId);
      const sampledAt = await readSampledAt(sql);
      return {
        alerts: rows.map((alert) => alertToProto(alert, membersOf.get(alert.id) ?? [])),
        nextPageToken,
        lookedAt: sampledAt ? timestampFromDate(sampledAt) : undefined,
      };
    },

    async *watchAlerts(_request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.read');
      yield* watchAlerts(context);
    },

    async getAlert({ alertId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.read');
      const alert = await findAlert(context.sql, alertId);
      if (!alert) throw notFound('alert');
      return { alert: alertToProto(alert, await readMembers(context.sql, [alertId], membersOfOne)) };
    },

    async testChannel({ channelId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.manage');
      return { deliveries: (await testChannel(context, channelId)).map(deliveryToProto) };
    },

    async listDeliveries(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.read');
      const size = pageSize(request.pageSize);
      const below = placeFrom(request.pageToken, deliveryPlace)?.[0];
      const { channelId, alertId } = request;
      const filter = { channelId, alertId, state: deliveryStateFrom(request.state) };
      const found = await listDeliveries(context.sql, filter, below, size + 1);
      const { rows, nextPageToken } = pageOf(found, size, ({ sequence }) => [sequence]);
      return { deliveries: rows.map(deliveryToProto), nextPageToken };
    },

    async retryDelivery({ deliveryId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'alert.manage');
      return { delivery: deliveryToProto(await retryDelivery(context, deliveryId)) };
    },
  });
}
