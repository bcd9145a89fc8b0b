import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { SandboxLimits } from '#proto/muster/v1/sandbox_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { conflict, nameTaken, Refusal, wrongState } from '../errors.ts';
import { emailKey } from '../users/index.ts';
import { platformHost } from './hosts.ts';
import { findByEmailKeys, findTester, insertTesters } from './store.ts';
import { stepKinds, type NewTester, type Tester, type TesterLimits } from './tester.ts';

/** Refuses where accounts are not made here. */
export function requirePasswords({ config }: Context): void {
  if (config.signIn.mode === 'password') return;
  throw new Refusal(
    Code.FailedPrecondition,
    Reason.OFF_IN_SIGN_IN_MODE,
    'Accounts are not made on this installation: people come from its sign-in service.',
    { help: 'Add them to a team there.' },
  );
}

/** What a sandbox may use, as it is kept. */
export const limitsFrom = (limits: SandboxLimits | undefined): TesterLimits => ({
  cpuMillis: limits?.cpu ? Math.round(limits.cpu * 1000) : null,
  memoryMib: limits?.memoryMib || null,
  diskMib: limits?.diskMib || null,
  pids: limits?.pids || null,
});

/** The team whose templates a caller can name; null for those that act for none. */
export const templateTeamOf = ({ caller }: Context): string | null =>
  ('activeTeamId' in caller ? caller.activeTeamId : undefined) ?? null;

interface AddRequest {
  readonly name: string;
  readonly email: string;
  readonly template: string;
  readonly limits: TesterLimits;
  /** Of a host of the platform, or its name; empty for none. */
  readonly host: string;
}

/** Brings a tester in: recorded here, carried out by the reconciler. Of two at once with one address, the second gets the first's. */
export async function addTester(
  context: Context,
  { limits, host, template, ...request }: AddRequest,
): Promise<{ tester: Tester; existed: boolean }> {
  requirePasswords(context);
  const hostId = host === '' ? null : (await platformHost(context.sql, host)).id;
  const email = request.email.trim();
  const tester: NewTester = {
    ...limits,
    id: newId('tester'),
    name: displayName('name', request.name),
    email,
    emailKey: emailKey(email),
    template: template || 'base',
    templateTeamId: templateTeamOf(context),
    hostId,
  };
  const added = await telling(() => context.transaction((sql) => insert(sql, context, [tester])));
  const [found] = added.length > 0 ? [] : await findByEmailKeys(context.sql, [tester.emailKey]);
  if (found?.wanted === 'absent') throw beingRemoved();
  const present = await findTester(context.sql, found?.id ?? tester.id);
  // They were there, and are gone by now.
  if (!present) throw conflict('This tester was removed a moment ago.');
  return { tester: present, existed: added.length === 0 };
}

/** Inserts testers, each with an audit row. Answers the ids of those who are new. */
export async function insert(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  testers: readonly NewTester[],
): Promise<string[]> {
  const added = new Set((await insertTesters(sql, testers, stepKinds, context.caller.actor)).map(({ id }) => id));
  const made = testers.filter(({ id }) => added.has(id));
  // They go to the database one behind the other, without waiting for answers.
  await Promise.all(
    made.map(({ id, template, hostId }) =>
      recordAudit(sql, context, { action: 'tester.add', target: id, after: { template, hostId } }),
    ),
  );
  return made.map(({ id }) => id);
}

/** A machine is one tester's. */
export async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!violatesUnique(error, 'testers_by_host')) throw error;
    throw nameTaken('host', 'This machine is another tester’s: choose another one, or none.');
  }
}

const beingRemoved = (): Refusal =>
  wrongState('This tester is being removed.', 'Wait until nothing is left of them, then add them again.');
