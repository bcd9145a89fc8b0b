import { erasePersonalData, recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { invalidField, notAllowed, notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import type { EndsWithTeam } from '../teams/index.ts';
import { requireNotLastAdmin } from '../users/index.ts';
import { leaveTeams } from './leave-teams.ts';
import { forgetAccount, forgetTeams, forgetTraces, lockPerson, type PersonRow } from './store.ts';

/** What went with a person. */
export interface Erased {
  readonly deletedTeams: number;
  readonly destroyedSandboxes: number;
  readonly stoppedKeys: number;
  readonly erasedAuditRows: number;
}

/**
 * Erases a person in one transaction: their teams are left or end, everything that names them is replaced or removed, and
 * so is what the audit holds of them. The id stays, for who did what. Doing it again only finds less to do.
 */
export const eraseUserWith =
  (endsWithTeam: EndsWithTeam) =>
  (
    context: Context,
    { userId, confirmName, reason }: { userId: string; confirmName: string; reason: string },
  ): Promise<Erased> => {
    if ('userId' in context.caller && userId === context.caller.userId)
      throw notAllowed('You cannot erase yourself: ask another platform admin.');
    return erase(context, endsWithTeam, { userId, reason: reason.trim() }, (person) =>
      requireConfirmed(person, confirmName, reason),
    );
  };

/** The same for an account that was made for something which is over: that was confirmed, in words that name nobody. */
export const eraseAccountWith =
  (endsWithTeam: EndsWithTeam) =>
  (context: Context, userId: string, reason: string): Promise<Erased> =>
    erase(context, endsWithTeam, { userId, reason }, () => undefined);

function erase(
  context: Context,
  endsWithTeam: EndsWithTeam,
  { userId, reason }: { userId: string; reason: string },
  confirm: (person: PersonRow) => void,
): Promise<Erased> {
  return context.transaction(async (sql) => {
    await requireNotLastAdmin(sql, context, userId);
    const person = await lockPerson(sql, userId);
    if (!person) throw notFound('user');
    if (!person.erased) confirm(person);
    const left = await leaveTeams(sql, context, userId, endsWithTeam);
    await announce(sql, 'session', await forgetTraces(sql, person));
    const teamIds = await forgetTeams(sql, userId);
    const texts = person.erased ? [] : textsOf(person);
    await forgetAccount(sql, userId);
    const { origins, contents } = await erasePersonalData(sql, context, { userId, teamIds, texts });
    const erased = { ...left, erasedAuditRows: origins + contents };
    await recordAudit(sql, context, { action: 'user.erase', target: userId, after: erased, reason });
    // What they made works no longer.
    await announce(sql, 'credential', ['*']);
    return erased;
  });
}

function requireConfirmed({ name, email }: PersonRow, confirmName: string, reason: string): void {
  if (confirmName.trim() !== name)
    throw invalidField('confirm_name', 'confirm_name must be the name of the user who is to be erased.');
  const named = [name, email].some((text) => text !== '' && reason.toLowerCase().includes(text.toLowerCase()));
  if (named) throw invalidField('reason', 'The audit keeps the reason for ever: do not name them in it.');
}

/** By what the audit is searched. A name of a single word means other things, too, whose traces must stay. */
const textsOf = ({ name, email, ssoId }: PersonRow): string[] => [
  email,
  ...(/\S\s+\S/.test(name) ? [name] : []),
  ...(ssoId?.includes('@') ? [ssoId] : []),
];
