import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { stopKeysOfMember } from '../credentials/index.ts';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import { deleteMember, endTeam, type EndsWithTeam } from '../teams/index.ts';
import { lockTeamsOf, type OwnTeam } from './store.ts';

/** Takes somebody out of all teams. Teams that have nobody else end; one that others would be left in without an owner refuses. */
export async function leaveTeams(
  sql: Sql,
  context: Context,
  userId: string,
  endsWithTeam: EndsWithTeam,
): Promise<{ deletedTeams: number; destroyedSandboxes: number; stoppedKeys: number }> {
  const teams = await lockTeamsOf(sql, userId);
  requireOwners(teams);
  const ending = teams.filter(ends);
  let [destroyedSandboxes, stoppedKeys] = [0, 0];
  for (const team of teams) {
    const stopped = await stopKeysOfMember(sql, team.id, userId);
    stoppedKeys += stopped;
    if (ends(team)) {
      destroyedSandboxes += (await endTeam(sql, context, team, endsWithTeam)).destroyedSandboxes;
      continue;
    }
    await deleteMember(sql, team.id, userId);
    const [before, after] = [{ role: team.role }, { stoppedKeys: stopped }];
    await recordAudit(sql, context, { action: 'member.remove', target: userId, teamId: team.id, before, after });
  }
  return { deletedTeams: ending.length, destroyedSandboxes, stoppedKeys };
}

/** What a sign-in service names is the service's, with or without members. */
const ends = ({ others, ssoName }: OwnTeam): boolean => others === 0 && ssoName === null;

function requireOwners(teams: readonly OwnTeam[]): void {
  const orphans = teams.filter(
    ({ role, others, otherOwners, ssoName }) => role === 'owner' && others > 0 && otherOwners === 0 && ssoName === null,
  );
  if (orphans.length === 0) return;
  throw new Refusal(
    Code.FailedPrecondition,
    Reason.LAST_OWNER,
    `Others would be left without an owner in: ${orphans.map(({ name }) => name).join(', ')}.`,
    { help: 'Let ownership be handed over to another member, or the team be deleted; then erase the user.' },
  );
}
