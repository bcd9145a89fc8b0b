import { mintToken } from '#contract/token.ts';
import type { Secret } from '#contract/secret.ts';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { nameTaken, notAllowed } from '../errors.ts';
import { inTeam, memberByEmail, memberRole, type TeamRow } from '../teams/index.ts';
import { emailKey } from '../users/index.ts';
import type { InviteRow } from './invite.ts';
import { mayInvite } from './policy.ts';
import { findOpenInvite, insertInvite, revokeOpenInvite } from './store.ts';

/** An invite that was just made. The token is shown this once. */
export interface SentInvite {
  readonly invite: InviteRow;
  readonly token: Secret;
}

/** Invites an address into a team. An open invite of the same address is replaced. The right to do so is read under the team's lock. */
export function sendInvite(
  context: Context,
  caller: UserCaller,
  team: TeamRow,
  request: { email: string; role: 'admin' | 'member' },
): Promise<SentInvite> {
  const token = mintToken('inv');
  const key = emailKey(request.email);
  return inTeam(context, team.id, async (sql) => {
    if (!mayInvite(await memberRole(sql, team.id, caller.userId), team.invitePolicy, request.role)) {
      throw notAllowed('Your role in this team does not allow inviting with this role.');
    }
    if (await memberByEmail(sql, team.id, key))
      throw nameTaken('email', 'Somebody with this address is a member of the team already.');
    const replaced = (await revokeOpenInvite(sql, team.id, key)).map(({ id }) => id);
    await insertInvite(sql, {
      id: token.id,
      tokenHash: token.hash,
      teamId: team.id,
      email: request.email.trim(),
      emailKey: key,
      role: request.role,
      invitedBy: caller.userId,
    });
    await recordAudit(sql, context, {
      action: 'invite.create',
      target: token.id,
      teamId: team.id,
      after: { role: request.role, replaced },
    });
    const invite = await findOpenInvite(sql, token.id);
    if (!invite) throw new Error('the invite that was just made is not there');
    return { invite, token: token.secret };
  });
}
