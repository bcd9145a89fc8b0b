import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type {
  ComponentReportSchema,
  ListComponentReportsRequest,
  ListComponentReportsResponseSchema,
} from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../../context.ts';
import { visibilityOf, visibleHost } from '../../hosts/index.ts';
import { pageOf, pageSize, placeFrom } from '../../paging.ts';
import { buildSourceToProto } from '../build-source.ts';
import { listReports, type ReportOfHost } from './store.ts';

const reportPlace = [/^host[0-9a-z]{12,}$/, /^[^]{0,63}$/];

/** What the hosts that the caller may see say of their components, in their own words. */
export async function listComponentReports(
  context: Context,
  { hostId, repository, component, pageSize: asked, pageToken }: ListComponentReportsRequest,
): Promise<MessageInitShape<typeof ListComponentReportsResponseSchema>> {
  if (hostId !== '') await visibleHost(context, hostId);
  const size = pageSize(asked);
  const found = await listReports(context.sql, {
    visible: visibilityOf(context.caller),
    hostId,
    repository,
    component,
    after: placeFrom(pageToken, reportPlace),
    limit: size + 1,
  });
  const { rows, nextPageToken } = pageOf(found, size, (row) => [row.hostId, row.component]);
  return { reports: rows.map(toProto), nextPageToken };
}

const toProto = ({
  buildSource,
  builtAt,
  startedAt,
  reportedAt,
  changedAt,
  ...facts
}: ReportOfHost): MessageInitShape<typeof ComponentReportSchema> => ({
  ...facts,
  buildSource: buildSourceToProto(buildSource),
  builtAt: builtAt === null ? undefined : timestampFromDate(builtAt),
  startedAt: startedAt === null ? undefined : timestampFromDate(startedAt),
  reportedAt: timestampFromDate(reportedAt),
  changedAt: timestampFromDate(changedAt),
});
