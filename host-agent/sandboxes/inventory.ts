import { createHash } from 'node:crypto';
import type { EndedAttempt, Inventory, SandboxView } from './types.ts';

/** The whole list and its digest, which changes with every change but not with mere activity. */
export function inventoryOf(views: readonly SandboxView[], ended: readonly EndedAttempt[]): Inventory {
  const sandboxes = [...views].sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1));
  const facts = sandboxes.map((view) => [
    ...[view.sandboxId, view.attempt, view.state, view.revision],
    ...[view.reason, view.pausedByAgent, view.onDisconnect, view.changedAt.getTime()],
  ]);
  return { sandboxes, ended, digest: createHash('sha256').update(JSON.stringify(facts)).digest() };
}
