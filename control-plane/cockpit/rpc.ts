import type { ConnectRouter } from '@connectrpc/connect';
import { CockpitService } from '#proto/muster/v1/cockpit_pb.js';
import { authorize, userOf, type Action, type UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { standingTeamOf } from '../sandboxes/index.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { gatherCockpit } from './gather.ts';
import { markSeen } from './seen.ts';
import { cockpitToProto, microsOf } from './to-proto.ts';
import { watchCockpit } from './watch.ts';

export function cockpitRoutes(router: ConnectRouter): void {
  router.service(CockpitService, {
    async getCockpit({ teamId: asked }, { values }) {
      const context = values.get(requestContext);
      const { caller, teamId } = await memberOf(context, asked, 'cockpit.read');
      return { cockpit: cockpitToProto(await gatherCockpit(context.sql, caller, teamId)) };
    },

    async *watchCockpit({ teamId: asked }, { values }) {
      const context = values.get(requestContext);
      const { caller, teamId } = await memberOf(context, asked, 'cockpit.read');
      yield* watchCockpit(context, caller, teamId);
    },

    async markCockpitSeen({ teamId: asked, until, visit }, { values }) {
      const context = values.get(requestContext);
      const { caller, teamId } = await memberOf(context, asked, 'cockpit.mark_seen');
      const untilMicros = microsOf(until ?? { seconds: 0n, nanos: 0 });
      const left = await markSeen(context, caller, teamId, { untilMicros, visit: String(visit) });
      return { cockpit: cockpitToProto(left) };
    },
  });
}

/** The team that a call is for, and the caller in it. */
async function memberOf(
  context: Context,
  asked: string,
  action: Action,
): Promise<{ caller: UserCaller; teamId: string }> {
  const teamId = await standingTeamOf(context, asked);
  await visibleTeam(context, teamId);
  authorize(context.caller, action, { teamId });
  return { caller: userOf(context.caller), teamId };
}
