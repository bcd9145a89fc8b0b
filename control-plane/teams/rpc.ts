import type { ConnectRouter } from '@connectrpc/connect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { authorize, refusalOf, userOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { invalidField, notAllowed, notFound } from '../errors.ts';
import { displayName } from '../display-name.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requireOwnPasskey } from '../second-factor/index.ts';
import { requestContext } from '../server/request-context.ts';
import { changeOwnHosts, changeQuota, changeTeam } from './change.ts';
import { createOwnTeam } from './create.ts';
import { deleteTeam, type TeamEnd, type TeamHosts } from './delete.ts';
import { roleIn, teamVisibility, visibleTeam } from './find.ts';
import { listMembers } from './member-store.ts';
import { addMember, changeRole, removeMember, type StopKeysOfMember } from './members.ts';
import { accept, offer } from './ownership.ts';
import { findTeam, listTeams } from './store.ts';
import type { TeamRow, TeamUsage } from './team.ts';
import { memberToProto, policyFromProto, quotaOf, quotaToProto, roleFromProto, teamToProto } from './to-proto.ts';

/** What teams need of sandboxes: what they use now, and the end of all of them with the team. */
export interface TeamSandboxes extends TeamEnd {
  usage(sql: Sql, teamId: string): Promise<Omit<TeamUsage, 'hosts'>>;
}

const anyText = /^.*$/su;
const anId = /^[a-z0-9]+$/;

export const teamRoutes =
  (sandboxes: TeamSandboxes, hosts: TeamHosts, stopKeys: StopKeysOfMember) =>
  (router: ConnectRouter): void => {
    router.service(TeamService, {
      async createTeam(request, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'team.create');
        const id = await createOwnTeam(context, userOf(context.caller), request);
        return { team: teamToProto(await justMade(context, id), 'owner') };
      },

      async getTeam({ teamId }, { values }) {
        const context = values.get(requestContext);
        const team = await visibleTeam(context, teamId);
        authorize(context.caller, 'team.read', { teamId });
        return { team: answer(context, team) };
      },

      async listTeams({ all, pageSize: asked, pageToken }, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'team.list');
        const seen = teamVisibility(context.caller);
        if (all && !seen.all) throw notAllowed('Only a platform admin may list all teams.');
        const size = pageSize(asked);
        // A key of the installation belongs to no team: it lists what it may see.
        const visible = { ...seen, all: all || (seen.all && context.caller.kind === 'org_key') };
        const rows = await listTeams(context.sql, visible, placeFrom(pageToken, [anyText, anId]), size + 1);
        const page = pageOf(rows, size, ({ name, id }) => [name, id]);
        return { teams: page.rows.map((team) => answer(context, team)), nextPageToken: page.nextPageToken };
      },

      async updateTeam({ teamId, name, invitePolicy, requireSecondFactor }, { values }) {
        const context = values.get(requestContext);
        const team = await visibleTeam(context, teamId);
        authorize(context.caller, 'team.update', { teamId });
        if (requireSecondFactor === true && !team.requireSecondFactor)
          await requireOwnPasskey(context, userOf(context.caller));
        const policy = invitePolicy === undefined ? undefined : policyFromProto(invitePolicy);
        return {
          team: answer(
            context,
            await changeTeam(context, team, {
              name: name === undefined ? undefined : displayName('name', name),
              invitePolicy: policy,
              requireSecondFactor,
            }),
          ),
        };
      },

      async deleteTeam({ teamId, confirmName }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'team.delete', { teamId });
        return deleteTeam(context, teamId, confirmName, { sandboxes, hosts });
      },

      async setTeamOwnHosts({ teamId, ownHosts }, { values }) {
        const context = values.get(requestContext);
        const team = await visibleTeam(context, teamId);
        authorize(context.caller, 'team.set_own_hosts', { teamId });
        return { team: answer(context, await changeOwnHosts(context, team, hosts, ownHosts)) };
      },

      async setTeamQuota({ teamId, quota }, { values }) {
        const context = values.get(requestContext);
        const team = await visibleTeam(context, teamId);
        authorize(context.caller, 'team.set_quota', { teamId });
        if (!quota) throw invalidField('quota', 'quota must be set.');
        const { sandboxes: count, cpu, memoryMib, diskMib, snapshots, noExpiry, hosts: mostHosts } = quota;
        const next = {
          sandboxes: count,
          cpuMillis: Math.round(cpu * 1000),
          memoryMib: Number(memoryMib),
          diskMib: Number(diskMib),
          snapshots,
          noExpiry,
          hosts: mostHosts,
        };
        return { team: answer(context, await changeQuota(context, team, next)) };
      },

      async getTeamUsage({ teamId }, { values }) {
        const context = values.get(requestContext);
        const team = await visibleTeam(context, teamId);
        authorize(context.caller, 'team.read', { teamId });
        const [used, own] = await Promise.all([sandboxes.usage(context.sql, teamId), hosts.count(context.sql, teamId)]);
        return { used: quotaToProto({ ...used, hosts: own }), quota: quotaToProto(quotaOf(team)) };
      },

      async listMembers({ teamId, pageSize: asked, pageToken }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'member.read', { teamId });
        const size = pageSize(asked);
        const rows = await listMembers(context.sql, teamId, placeFrom(pageToken, [anyText, anId]), size + 1);
        const page = pageOf(rows, size, ({ name, userId }) => [name, userId]);
        // Who could be signed in as with a password alone is told to those who can do something about it.
        const told = refusalOf(context.caller, 'member.manage', { teamId }) === undefined || seesAll(context);
        const members = page.rows.map((row) => memberToProto(row, told));
        return { members, nextPageToken: page.nextPageToken };
      },

      async addMember({ teamId, userId, role }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'member.manage', { teamId });
        return { member: memberToProto(await addMember(context, teamId, userId, roleFromProto(role)), true) };
      },

      async setMemberRole({ teamId, userId, role }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'member.manage', { teamId });
        return {
          member: memberToProto(await changeRole(context, teamId, userId, roleFromProto(role)), true),
        };
      },

      async removeMember({ teamId, userId }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'member.manage', { teamId });
        const stoppedKeys = await removeMember(context, userOf(context.caller), teamId, userId, stopKeys);
        return { stoppedKeys };
      },

      async leaveTeam({ teamId }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'team.leave', { teamId });
        const caller = userOf(context.caller);
        await removeMember(context, caller, teamId, caller.userId, stopKeys);
        return {};
      },

      async offerOwnership({ teamId, userId, stepDown }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'ownership.offer', { teamId });
        return {
          expiresAt: timestampFromDate(await offer(context, userOf(context.caller), teamId, { userId, stepDown })),
        };
      },

      async acceptOwnership({ teamId }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'ownership.accept', { teamId });
        await accept(context, userOf(context.caller), teamId);
        return { team: teamToProto(await visibleTeam(context, teamId), 'owner') };
      },
    });
  };

const seesAll = ({ caller }: Context): boolean => teamVisibility(caller).all;

const answer = (context: Context, team: TeamRow) => teamToProto(team, roleIn(context.caller, team.id));

/** The caller's memberships were read before the team was there. */
async function justMade(context: Context, id: string): Promise<TeamRow> {
  const team = await findTeam(context.sql, id, { all: false, teamIds: [id] });
  if (!team) throw notFound('team');
  return team;
}
