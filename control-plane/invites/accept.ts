import { timingSafeEqual } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { parseToken } from '#contract/token.ts';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { openSession, type OpenedSession } from '../auth/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { invalidField, notFound, Refusal } from '../errors.ts';
import { inTeam, joinTeam, memberRole, teamPolicy } from '../teams/index.ts';
import { createUser, emailKey, findSignIn, hashPassword } from '../users/index.ts';
import type { InviteRow } from './invite.ts';
import { mayInvite } from './policy.ts';
import { acceptInvite, findOpenInvite } from './store.ts';

const nobodysHash = Buffer.alloc(32);

/** The open invite that a token stands for. One answer for every cause why there is none. */
export async function openInvite(sql: Sql, text: string): Promise<InviteRow> {
  const token = parseToken(text, 'inv');
  if (!token) throw notFound('invite');
  const invite = await findOpenInvite(sql, token.id);
  if (!timingSafeEqual(invite?.tokenHash ?? nobodysHash, token.hash) || !invite) throw notFound('invite');
  return invite;
}

/** Accepts an invite as the signed-in user whose address it is for. */
export async function acceptAsUser(context: Context, caller: UserCaller, token: string): Promise<InviteRow> {
  const invite = await openInvite(context.sql, token);
  if (emailKey(caller.email) !== invite.emailKey) throw wrongAccount(invite);
  await inTeam(context, invite.teamId, (sql) => accept(sql, context, invite, caller.userId));
  return invite;
}

/** Accepts an invite by making an account for its address, and signs it in. */
export async function acceptAsNewUser(
  context: Context,
  request: { token: string; name: string; password: string },
): Promise<{ invite: InviteRow; session: OpenedSession }> {
  const invite = await openInvite(context.sql, request.token);
  if (await findSignIn(context.sql, invite.emailKey)) throw wrongAccount(invite);
  if (request.name.trim() === '') throw invalidField('name', 'name must not be empty.');
  if (request.password === '') throw invalidField('password', 'password must have at least 12 characters.');
  const passwordHash = await hashPassword(request.password);
  const session = await inTeam(context, invite.teamId, async (sql) => {
    const userId = await createUser(sql, context, {
      name: request.name,
      email: invite.email,
      passwordHash,
      platformAdmin: false,
    });
    await accept(sql, context, invite, userId);
    return openSession(sql, context, {
      userId,
      userAgent: context.origin.userAgent,
      how: 'invite',
      teamId: invite.teamId,
    });
  });
  return { invite, session };
}

/** In one transaction: the invite is used up, the inviter still holds the right, the member is there. */
async function accept(sql: Sql, context: Context, invite: InviteRow, userId: string): Promise<void> {
  const used = await acceptInvite(sql, invite.id, userId);
  if (used.length === 0) throw notFound('invite');
  const inviterRole = await memberRole(sql, invite.teamId, invite.invitedBy);
  if (!mayInvite(inviterRole, await teamPolicy(sql, invite.teamId), invite.role)) throw notFound('invite');
  await joinTeam(sql, { teamId: invite.teamId, userId, role: invite.role });
  await recordAudit(sql, context, {
    action: 'invite.accept',
    target: invite.id,
    teamId: invite.teamId,
    after: { user: userId, role: invite.role },
  });
}

const wrongAccount = (invite: InviteRow) =>
  new Refusal(Code.PermissionDenied, Reason.WRONG_ACCOUNT, `This invite is for ${invite.email}.`, {
    help: 'Sign in with that account, then open the invite again.',
  });
