import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ListFleetStandingsRequest, ListFleetStandingsResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../../context.ts';
import { visibilityOf } from '../../hosts/index.ts';
import { readNow } from '../store.ts';
import { listStandings } from './store.ts';

const weekMs = 7 * 86_400_000;
/** So many standings at most, evenly spread. */
const mostStandings = 168;

/** How many of the machines that the caller may see were current, and when. */
export async function fleetStandings(
  { caller, sql }: Context,
  { span }: ListFleetStandingsRequest,
): Promise<MessageInitShape<typeof ListFleetStandingsResponseSchema>> {
  const { all, teamIds, onlyHostId } = visibilityOf(caller);
  // What is kept is about teams, not about single machines.
  if (onlyHostId !== undefined) return { standings: [] };
  const spanMs = span ? durationMs(span) : weekMs;
  const from = new Date((await readNow(sql)).getTime() - spanMs);
  const found = await listStandings(sql, { all, teamIds, from, stepSeconds: spanMs / 1000 / mostStandings });
  return {
    standings: found.map(({ at, hosts, current }) => ({
      at: timestampFromDate(at),
      totalHosts: hosts,
      currentHosts: current,
    })),
  };
}
