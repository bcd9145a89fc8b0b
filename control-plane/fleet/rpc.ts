import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { authorize } from '../access/index.ts';
import { notFound } from '../errors.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { exportFleet } from './export.ts';
import { assertFleet } from './gate/assert.ts';
import { listHistory } from './history/list.ts';
import { commitView } from './judge.ts';
import { momentOf } from './moment.ts';
import type { LiveFleet } from './live/live.ts';
import { pinComponent, unpinComponent } from './pins/pin.ts';
import { provenanceMethods } from './provenance/methods.ts';
import type { Renderer } from './render.ts';
import { repositoryMethods, type Trigger } from './repositories/methods.ts';
import { removeRepository } from './repositories/register.ts';
import { findRepository, listHeads, listRepositories } from './repositories/store.ts';
import { listComponentReports } from './reports/list.ts';
import { scopeOf } from './scope.ts';
import { fleetStandings } from './standings/list.ts';
import type { Survey } from './survey.ts';
import { commitToProto, pinToProto, headSourceToProto, repositoryToProto } from './to-proto.ts';
import { watchFleet } from './watch.ts';

const repositoryPlace = [/^[a-z0-9._-]+$/];
const headPlace = [/^\d{1,18}$/];

export function fleetRoutes(
  router: ConnectRouter,
  survey: Survey,
  live: LiveFleet,
  render: Renderer,
  trigger: Trigger,
): void {
  router.service(FleetService, {
    async getFleet(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      return render(await survey.read(context), scopeOf(context.caller, request)).whole();
    },

    async *watchFleet(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      yield* watchFleet(context, live, render, request);
    },

    ...repositoryMethods(survey, trigger),
    ...provenanceMethods,

    async listRepositories(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'repository.read');
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, repositoryPlace)?.[0];
      const { rows, nextPageToken } = pageOf(await listRepositories(context.sql, after, size + 1), size, ({ name }) => [
        name,
      ]);
      return { repositories: (await survey.describe(context, rows)).map(repositoryToProto), nextPageToken };
    },

    async deleteRepository({ repositoryId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'repository.manage');
      await removeRepository(context, repositoryId);
      return {};
    },

    async listHeads(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'repository.read');
      const repository = await findRepository(context.sql, request.repositoryId);
      if (!repository) throw notFound('repository');
      const size = pageSize(request.pageSize);
      const below = placeFrom(request.pageToken, headPlace)?.[0];
      const { rows, nextPageToken } = pageOf(
        await listHeads(context.sql, repository, below, size + 1),
        size,
        ({ id }) => [id],
      );
      const known = await survey.commits(
        context,
        repository,
        rows.map(({ sha }) => sha),
      );
      const heads = rows.map(({ sha, observedAt, forced, source }) => ({
        commit: commitToProto(commitView(sha, known)),
        observedAt: timestampFromDate(observedAt),
        forced,
        source: headSourceToProto(source),
      }));
      return { heads, nextPageToken };
    },

    async *assertFleet(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      yield* assertFleet(context, survey, live, request);
    },

    async listFleetStandings(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      return fleetStandings(context, request);
    },

    async listComponentReports(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      return listComponentReports(context, request);
    },

    async listHistory(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.read');
      return listHistory(context, survey, request);
    },

    async pinComponent({ hostId, component, sha, reason, until }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'component.pin');
      const request = { hostId, component, sha, reason, until: until && momentOf(until, 'until') };
      return { pin: pinToProto(await pinComponent(context, survey, request)) };
    },

    async unpinComponent({ hostId, component }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'component.pin');
      await unpinComponent(context, hostId, component);
      return {};
    },

    async *exportFleet({ format, repository }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'fleet.export');
      yield* exportFleet(await survey.read(context), scopeOf(context.caller, { repository }), format);
    },
  });
}
