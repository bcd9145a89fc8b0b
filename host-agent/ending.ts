import { Backoff, type BackoffTimes } from './backoff.ts';
import type { Context } from './context.ts';
import type { CredentialStore } from './enrolment/credentials.ts';
import type { MachineAccess } from './machine-access/index.ts';
import type { Sandboxes } from './sandboxes/index.ts';
import { StartupError } from './startup-error.ts';

/** What the agent's process ends with when its host was deleted: starting it again would be in vain. */
export const exitCodeOfDeletion = 3;

/** Freezes everything before the agent leaves, so that nothing runs unseen; the next start lets it go on. */
export async function pauseOnExit({ log }: Context, sandboxes: Sandboxes): Promise<void> {
  await sandboxes.pauseAll('The agent was stopped.', { evenKept: true });
  const count = sandboxes.inventory().sandboxes.filter((sandbox) => sandbox.pausedByAgent).length;
  log.info(
    { sandboxes: count },
    `Paused ${count} ${count === 1 ? 'sandbox' : 'sandboxes'}; they go on at the next start.`,
  );
}

const ordinaryTimes: BackoffTimes = { firstMs: 1_000, lastMs: 5_000 };
const mostTries = 5;

/**
 * The installation has deleted this host: its sandboxes end, the SSH keys that it brought go, its credentials are set aside.
 * Can be interrupted and repeated. Throws a StartupError where something stays that may not: the credentials stay with it,
 * so that the next start goes on.
 */
export async function leaveInstallation(
  context: Context,
  store: CredentialStore,
  sandboxes: Sandboxes,
  access: Pick<MachineAccess, 'clear'>,
  times = ordinaryTimes,
): Promise<void> {
  const { log } = context;
  const count = sandboxes.inventory().sandboxes.length;
  const backoff = new Backoff(times);
  for (let tries = 1; ; tries += 1) {
    const problems = await removeAll(context, sandboxes, access);
    const [first] = problems;
    if (first === undefined) break;
    for (const problem of problems)
      log.error({ err: problem }, 'What this host was deleted with could not be removed.');
    if (tries === mostTries) throw new StartupError(sayLeft(problems.length, first), { cause: first });
    await backoff.wait(context.signal);
  }
  // Nothing stands on them any more.
  for (const digest of sandboxes.capabilities().layers)
    await sandboxes.layers
      .remove(digest)
      .catch((error: unknown) => log.error({ err: error, digest }, 'A layer could not be removed.'));
  const aside = await store.setAside();
  log.warn(
    { sandboxes: count, credentials: aside },
    'This host was deleted: its sandboxes, snapshots and templates were removed and its credentials set aside.',
  );
}

/** Answers what stood in the way. */
async function removeAll(
  context: Context,
  sandboxes: Sandboxes,
  access: Pick<MachineAccess, 'clear'>,
): Promise<unknown[]> {
  const { sandboxes: all } = sandboxes.inventory();
  const results = await Promise.allSettled([
    access.clear(context),
    ...all.map(({ sandboxId, attempt }) => sandboxes.destroy(sandboxId, attempt)),
  ]);
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
}

const sayLeft = (count: number, first: unknown): string =>
  `This host was deleted, and ${count === 1 ? 'one thing' : `${count} things`} of it could not be removed (${first instanceof Error ? first.message : String(first)}). Mend that and start the agent again: it goes on until nothing is left.`;
