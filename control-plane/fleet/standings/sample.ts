import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { Loop } from '../../loops/index.ts';
import type { Survey } from '../survey.ts';
import { forgetOldStandings, writeStandings } from './store.ts';

/** Writes down every ten minutes how many machines are current, so that it can be seen how that went. */
export const standingsLoop = (survey: Pick<Survey, 'read'>): Loop => ({
  name: 'fleet.standings',
  everyMs: 600_000,
  singleton: true,
  async run(context) {
    const { at, hosts } = await survey.read(context);
    const teams = Map.groupBy(hosts.values(), ({ teamId }) => teamId);
    const standings = [...teams].map(([teamId, its]) => ({
      teamId,
      hosts: its.length,
      current: its.filter(({ state }) => state === ComponentState.CURRENT).length,
    }));
    await writeStandings(context.sql, at, standings);
    await forgetOldStandings(context.sql);
    return { teams: standings.length };
  },
});
