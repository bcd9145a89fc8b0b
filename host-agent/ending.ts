import type { Context } from './context.ts';
import type { CredentialStore } from './enrolment/credentials.ts';
import type { MachineAccess } from './machine-access/index.ts';
import type { Sandboxes } from './sandboxes/index.ts';

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

/**
 * The installation has deleted this host: its sandboxes end, the SSH keys that it brought go, its credentials are set aside.
 * Can be interrupted and repeated.
 */
export async function leaveInstallation(
  context: Context,
  store: CredentialStore,
  sandboxes: Sandboxes,
  access: Pick<MachineAccess, 'clear'>,
): Promise<void> {
  const { log } = context;
  await access
    .clear(context)
    .catch((error: unknown) => log.error({ err: error }, 'The SSH keys could not be taken out again.'));
  const { sandboxes: all } = sandboxes.inventory();
  const results = await Promise.allSettled(all.map(({ sandboxId, attempt }) => sandboxes.destroy(sandboxId, attempt)));
  for (const result of results)
    if (result.status === 'rejected') log.error({ err: result.reason }, 'A sandbox could not be destroyed.');
  // Nothing stands on them any more.
  for (const digest of sandboxes.capabilities().layers)
    await sandboxes.layers
      .remove(digest)
      .catch((error: unknown) => log.error({ err: error, digest }, 'A layer could not be removed.'));
  const aside = await store.setAside();
  log.warn(
    { sandboxes: all.length, credentials: aside },
    'This host was deleted: its sandboxes, snapshots and templates were removed and its credentials set aside.',
  );
}
