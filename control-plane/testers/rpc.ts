import type { ConnectRouter } from '@connectrpc/connect';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { authorize } from '../access/index.ts';
import { invalidField } from '../errors.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { ownKeyMethods } from '../tester-keys/index.ts';
import { addTester, limitsFrom } from './add.ts';
import { presentTester, previewRemoval, removeTester, retryAllFailed, retryStep } from './change.ts';
import { importTesters } from './import.ts';
import { countTesters, listTesters } from './store.ts';
import { importedToProto, kindFrom, stateFrom, stateTo, testerToProto } from './view.ts';
import { watchTesters } from './watch.ts';

export function testerRoutes(router: ConnectRouter): void {
  router.service(TesterService, {
    ...ownKeyMethods,

    async addTester({ name, email, template, limits, host }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.manage');
      const asked = { name, email, template, host, limits: limitsFrom(limits) };
      const { tester, existed } = await addTester(context, asked);
      return { tester: testerToProto(tester), existed };
    },

    async importTesters(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.manage');
      return importedToProto(await importTesters(context, request));
    },

    async listTesters({ pageSize: asked, pageToken, search, state }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.read');
      const size = pageSize(asked);
      const [testers, counts] = await Promise.all([
        listTesters(context.sql, {
          search: search.trim(),
          state: stateFrom(state),
          after: placeFrom(pageToken, [/^.*$/su, /^[a-z0-9]+$/]),
          limit: size + 1,
        }),
        countTesters(context.sql),
      ]);
      const page = pageOf(testers, size, ({ name, id }) => [name, id]);
      return {
        testers: page.rows.map(testerToProto),
        nextPageToken: page.nextPageToken,
        counts: counts.map((count) => ({ testers: count.testers, state: stateTo(count.state) })),
      };
    },

    async getTester({ testerId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.read');
      return { tester: testerToProto(await presentTester(context.sql, testerId)) };
    },

    async *watchTester({ testerId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.read');
      yield* watchTesters(context, testerId);
    },

    async retryTesterStep({ testerId, step }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.manage');
      const kind = kindFrom(step);
      if (testerId === '' && kind !== undefined)
        throw invalidField('step', 'step: name the tester whose step it is, or leave the step out.');
      if (testerId === '') return { testers: await retryAllFailed(context) };
      return { tester: testerToProto(await retryStep(context, testerId, kind)), testers: 1 };
    },

    async removeTester({ testerId, confirmName, reason, dryRun }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'tester.manage');
      const going = dryRun
        ? await previewRemoval(context, testerId)
        : await removeTester(context, { testerId, confirmName, reason });
      return { ...going, tester: testerToProto(going.tester) };
    },
  });
}
