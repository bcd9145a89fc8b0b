import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notAllowed, notFound } from '../errors.ts';
import { findMember, offerOwnership, setRole, takeOffer } from './member-store.ts';
import { inTeam, present } from './members.ts';

const offerLifeMs = 7 * 24 * 3_600_000;

/** Offers ownership to another member. It changes nothing until they accept. Answers when the offer ends. */
export function offer(
  context: Context,
  caller: UserCaller,
  teamId: string,
  to: { userId: string; stepDown: boolean },
): Promise<Date> {
  return inTeam(context, teamId, async (sql) => {
    const own = await findMember(sql, teamId, caller.userId);
    if (own?.role !== 'owner') throw notAllowed('Only an owner may hand ownership over.');
    await present(sql, teamId, to.userId);
    const expiresAt = await offerOwnership(sql, {
      teamId,
      userId: to.userId,
      by: caller.userId,
      stepDown: to.stepDown,
      lifeMs: offerLifeMs,
    });
    await recordAudit(sql, context, {
      action: 'ownership.offer',
      target: to.userId,
      teamId,
      after: { stepDown: to.stepDown },
    });
    return expiresAt;
  });
}

/** Takes an offered ownership. The one who offered becomes an admin where they said so. */
export function accept(context: Context, caller: UserCaller, teamId: string): Promise<void> {
  return inTeam(context, teamId, async (sql) => {
    const taken = await takeOffer(sql, teamId, caller.userId);
    if (!taken) throw notFound('offer of ownership');
    await setRole(sql, { teamId, userId: caller.userId, role: 'owner' });
    if (taken.stepDown && taken.offeredBy !== caller.userId)
      await setRole(sql, { teamId, userId: taken.offeredBy, role: 'admin' });
    await recordAudit(sql, context, {
      action: 'ownership.accept',
      target: caller.userId,
      teamId,
      after: { from: taken.offeredBy, steppedDown: taken.stepDown },
    });
  });
}
