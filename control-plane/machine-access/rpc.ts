import type { ConnectRouter } from '@connectrpc/connect';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { authorize, userOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { visibleHost } from '../hosts/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { setHostAccess } from './host-access.ts';
import { endFrom } from './moments.ts';
import { addSupportKey, removeSupportKey } from './support-keys.ts';
import { listSupportKeys } from './support-key-store.ts';
import { setTesterSsh } from './tester-ssh.ts';
import { listTesterSsh } from './tester-ssh-store.ts';
import { supportKeyToProto, testerToProto, viewHost, viewMachines } from './view.ts';
import { watchMachineAccess } from './watch.ts';

const keyPlace = [/^\d{1,18}$/, /^skey[0-9a-z]{1,30}$/];
const personPlace = [/^[^]{0,200}$/, /^user[0-9a-z]{1,30}$/];

export function machineAccessRoutes(router: ConnectRouter): void {
  router.service(MachineAccessService, {
    async getMachineAccess(_, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'machine_access.read');
      return { access: await viewMachines(context) };
    },

    async *watchMachineAccess(_, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'machine_access.read');
      yield* watchMachineAccess(context);
    },

    async listSupportKeys(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'machine_access.read');
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, keyPlace);
      const found = await listSupportKeys(context.sql, { after, limit: size + 1 });
      const page = pageOf(found, size, ({ createdMicros, id }) => [createdMicros, id]);
      return { supportKeys: page.rows.map(supportKeyToProto), nextPageToken: page.nextPageToken };
    },

    async addSupportKey({ name, publicKey, expiresAt, hostIds, requestId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'support_key.add');
      const id = await addSupportKey(context, { name, publicKey, expiresAt: endFrom(expiresAt), hostIds, requestId });
      const [key] = await listSupportKeys(context.sql, { ids: [id] });
      if (!key) throw notFound('support key');
      return { supportKey: supportKeyToProto(key) };
    },

    async removeSupportKey({ supportKeyId, reason }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'support_key.remove');
      await removeSupportKey(context, supportKeyId, reason);
      return {};
    },

    async getHostAccess({ hostId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'machine_access.read');
      await visibleHost(context, hostId);
      return { access: await viewHost(context, hostId) };
    },

    async setHostAccess({ hostId, userIds, version }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host_access.set');
      await visibleHost(context, hostId);
      await setHostAccess(context, { hostId, userIds, version: Number(version) });
      return { access: await viewHost(context, hostId) };
    },

    async listTesterSsh(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'machine_access.read');
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, personPlace);
      const found = await listTesterSsh(context.sql, { after, limit: size + 1 });
      const page = pageOf(found, size, ({ name, userId }) => [name, userId]);
      return { testers: page.rows.map(testerToProto), nextPageToken: page.nextPageToken };
    },

    async getTesterSsh({ userId: asked }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester_ssh.read');
      const { userId: own } = userOf(context.caller);
      if (asked !== '' && asked !== own) authorize(context.caller, 'machine_access.read');
      return { tester: await testerOf(context, asked || own) };
    },

    async setTesterSsh({ userId, enabled, publicKey, expiresAt, version }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester_ssh.set');
      await setTesterSsh(context, { userId, enabled, publicKey, expiresAt, version: Number(version) });
      return { tester: await testerOf(context, userId) };
    },
  });
}

async function testerOf({ sql }: Context, userId: string) {
  const [tester] = await listTesterSsh(sql, { userId });
  if (!tester) throw notFound('user');
  return testerToProto(tester);
}
