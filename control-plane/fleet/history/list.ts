import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type {
  HistoryIntervalSchema,
  ListHistoryRequest,
  ListHistoryResponseSchema,
} from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../../context.ts';
import { visibleHost } from '../../hosts/index.ts';
import { pageOf, pageSize, placeFrom } from '../../paging.ts';
import { formOfCommitId } from '../commit-id.ts';
import { commitView, type Knowledge } from '../judge.ts';
import { momentOf } from '../moment.ts';
import { findRepositoryByName } from '../repositories/store.ts';
import type { Survey } from '../survey.ts';
import { commitToProto } from '../to-proto.ts';
import { listIntervals, type Interval } from './store.ts';

const intervalPlace = [/^-?\d{1,17}$/, /^\d{1,18}$/];

/** What ran on a host, with what is known of its commits. */
export async function listHistory(
  context: Context,
  survey: Survey,
  request: ListHistoryRequest,
): Promise<MessageInitShape<typeof ListHistoryResponseSchema>> {
  const { id: hostId } = await visibleHost(context, request.hostId);
  const size = pageSize(request.pageSize);
  const [startedMicros, id] = placeFrom(request.pageToken, intervalPlace) ?? [];
  const found = await listIntervals(context.sql, {
    hostId,
    component: request.component,
    from: request.from && momentOf(request.from, 'from'),
    until: request.until && momentOf(request.until, 'until'),
    after: startedMicros !== undefined && id !== undefined ? { startedMicros, id } : undefined,
    limit: size + 1,
    gapMs: context.config.staleAfterMs,
  });
  const { rows, nextPageToken } = pageOf(found, size, (row) => [row.startedMicros, row.id]);
  const known = await knownOf(context, survey, rows);
  return { intervals: rows.map((row) => toProto(row, known.get(row.repository))), nextPageToken };
}

async function knownOf(context: Context, survey: Survey, rows: readonly Interval[]): Promise<Map<string, Knowledge>> {
  const byRepository = Map.groupBy(rows, ({ repository }) => repository);
  const known = await Promise.all(
    [...byRepository].map(async ([name, its]) => {
      const repository = await findRepositoryByName(context.sql, name);
      const shas = [...new Set(its.flatMap(({ runningSha, diskSha }) => [runningSha, diskSha]).filter(isFull))];
      return repository ? [[name, await survey.commits(context, repository, shas)] as const] : [];
    }),
  );
  return new Map(known.flat());
}

const isFull = (sha: string): boolean => formOfCommitId(sha) === 'full';

const toProto = (row: Interval, known: Knowledge | undefined): MessageInitShape<typeof HistoryIntervalSchema> => ({
  component: row.component,
  repository: row.repository,
  running: row.runningSha === '' ? undefined : commitToProto(commitView(row.runningSha, known)),
  onDisk: row.diskSha === '' ? undefined : commitToProto(commitView(row.diskSha, known)),
  dirty: row.dirty,
  from: timestampFromDate(row.startedAt),
  to: row.endedAt === null ? undefined : timestampFromDate(row.endedAt),
});
