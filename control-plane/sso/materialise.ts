import { randomBytes } from 'node:crypto';
import { system, type Membership } from '../access/index.ts';
import { recordAudit, type AuditEntry } from '../audit/index.ts';
import type { Origin, Services } from '../context.ts';
import { stopKeysOfMember } from '../credentials/index.ts';
import { inTransaction, newId, type Sql } from '../database/index.ts';
import type { Person } from './person.ts';
import {
  dropMember,
  findPerson,
  findTeam,
  insertPerson,
  insertTeam,
  lockPerson,
  putMember,
  updatePerson,
  type KnownPerson,
} from './store.ts';

const reason = 'The sign-in service says so.';

/**
 * The account of somebody whom the sign-in service names, with exactly the teams and the role that it names now. Most
 * requests find everything as it is and write nothing; what is new is written once, however many come at the same time.
 */
export async function accountOf(services: Services, person: Person, origin: Origin): Promise<KnownPerson> {
  const known = await findPerson(services.pool, person.source, person.id);
  if (known && (!known.active || isUpToDate(known, person))) return known;
  return inTransaction(services.pool, (sql) => materialise(sql, person, origin));
}

function isUpToDate(known: KnownPerson, person: Person): boolean {
  const asserted = new Set(person.teams);
  return (
    known.name === person.name &&
    known.email === person.email &&
    known.platformAdmin === person.platformAdmin &&
    known.memberships.length === asserted.size &&
    known.memberships.every(({ ssoName, role }) => asserted.has(ssoName ?? '') && role === person.role)
  );
}

async function materialise(sql: Sql, person: Person, origin: Origin): Promise<KnownPerson> {
  const context = { caller: system, origin };
  const userId = newId('user');
  const made = await insertPerson(sql, { ...person, userId });
  if (made.length > 0) {
    const after = { source: person.source, platformAdmin: person.platformAdmin };
    await recordAudit(sql, context, { action: 'user.create', target: userId, after, reason });
  }
  const before = await present(sql, person);
  if (!before.active) return before;
  await lockPerson(sql, before.userId);
  const known = await present(sql, person);
  if (known.name !== person.name || known.email !== person.email || known.platformAdmin !== person.platformAdmin) {
    await updatePerson(sql, known.userId, person);
    await recordAudit(sql, context, {
      action: 'user.update',
      target: known.userId,
      ...changesOf(known, person),
      reason,
    });
  }
  // In one order for all, so that nobody waits for each other.
  const teamIds = new Map<string, string>();
  for (const name of [...new Set(person.teams)].toSorted()) teamIds.set(name, await teamOf(sql, name, context));
  await leaveOthers(sql, known, new Set(teamIds.values()), context);
  for (const teamId of teamIds.values()) await join(sql, known, teamId, person, context);
  return present(sql, person);
}

/** What is told of an account that changes: what is another than before, and no more. */
function changesOf(known: KnownPerson, person: Person): Pick<AuditEntry, 'before' | 'after'> {
  const fields = (['name', 'email', 'platformAdmin'] as const).filter((field) => known[field] !== person[field]);
  const of = (one: KnownPerson | Person) => Object.fromEntries(fields.map((field) => [field, one[field]]));
  return { before: of(known), after: of(person) };
}

type Writer = Parameters<typeof recordAudit>[1];

async function present(sql: Sql, { source, id }: Person): Promise<KnownPerson> {
  const known = await findPerson(sql, source, id);
  if (!known) throw new Error('An account that was just made is not there.');
  return known;
}

/** The team of this name; made where there is none. */
async function teamOf(sql: Sql, ssoName: string, context: Writer): Promise<string> {
  for (;;) {
    const found = await findTeam(sql, ssoName);
    if (found !== undefined) return found;
    const id = newId('team');
    const slug = randomBytes(6).toString('hex').replace(/^.{6}/, '$&-');
    const made = await insertTeam(sql, { id, slug, ssoName });
    if (made.length > 0)
      await recordAudit(sql, context, { action: 'team.create', target: id, teamId: id, after: { slug }, reason });
  }
}

async function leaveOthers(sql: Sql, known: KnownPerson, stay: ReadonlySet<string>, context: Writer): Promise<void> {
  for (const { teamId, role } of known.memberships.filter((membership) => !stay.has(membership.teamId))) {
    const stoppedKeys = await stopKeysOfMember(sql, teamId, known.userId);
    await dropMember(sql, teamId, known.userId);
    const [before, after] = [{ role }, { stoppedKeys }];
    await recordAudit(sql, context, { action: 'member.remove', target: known.userId, teamId, before, after, reason });
  }
}

async function join(sql: Sql, known: KnownPerson, teamId: string, { role }: Person, context: Writer): Promise<void> {
  const was: Membership | undefined = known.memberships.find((membership) => membership.teamId === teamId);
  if (was?.role === role) return;
  await putMember(sql, teamId, known.userId, role);
  await recordAudit(sql, context, {
    action: was ? 'member.set_role' : 'member.add',
    target: known.userId,
    teamId,
    ...(was && { before: { role: was.role } }),
    after: { role },
    reason,
  });
}
