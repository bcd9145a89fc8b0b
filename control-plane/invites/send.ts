import { mintToken } from '#contract/token.ts';
import { Secret } from '#contract/secret.ts';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { nameTaken, notAllowed } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { mailSettings, queueMail, withdrawMail } from '../mail/index.ts';
import { inTeam, memberByEmail, memberRole, teamPolicy, type TeamRow } from '../teams/index.ts';
import { emailKey } from '../users/index.ts';
import { inviteMail } from './invite-mail.ts';
import type { InviteRow } from './invite.ts';
import { mayInvite } from './policy.ts';
import { findOpenInvite, insertInvite, revokeOpenInvite } from './store.ts';

/** An invite that was just made. */
export interface SentInvite {
  readonly invite: InviteRow;
  /** To be shown this once; undefined where it is on its way by mail. */
  readonly link: Secret | undefined;
}

/**
 * Invites an address into a team, by mail where mail is configured. An open invite of the same address is replaced. The
 * right to do so is read under the team's lock.
 */
export async function sendInvite(
  context: Context,
  caller: UserCaller,
  team: TeamRow,
  request: { email: string; role: 'admin' | 'member' },
): Promise<SentInvite> {
  const token = mintToken('inv');
  const key = emailKey(request.email);
  await spend(context, 'mint', caller.actor);
  await spend(context, 'invite', `${team.id} ${key}`);
  const mailed = (await mailSettings(context)) !== undefined;
  const link = new Secret(`${context.publicUrl}/invite#${token.secret.reveal()}`);
  return inTeam(context, team.id, async (sql) => {
    const policy = await teamPolicy(sql, team.id);
    if (!mayInvite(await memberRole(sql, team.id, caller.userId), policy, request.role)) {
      throw notAllowed('Your role in this team does not allow inviting with this role.', team.id);
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
      after: { email: request.email.trim(), role: request.role, replaced },
    });
    const invite = await findOpenInvite(sql, token.id);
    if (!invite) throw new Error('the invite that was just made is not there');
    await withdrawMail(sql, replaced);
    if (mailed) await queueMail(sql, context, inviteMail(invite, link));
    return { invite, link: mailed ? undefined : link };
  });
}
