import { createHash } from 'node:crypto';
import type { EndedAttempt, Inventory, SandboxView } from './types.ts';

/** The whole list and its digest, which changes with every change but not with mere activity. */
export function inventoryOf(views: readonly SandboxView[], ended: readonly EndedAttempt[]): Inventory {
  const sandboxes = [...views].sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1));
  const facts = JSON.stringify(sandboxes, (key, value: unknown) => (key === 'lastActivityAt' ? undefined : value));
  return { sandboxes, ended, digest: createHash('sha256').update(facts).digest() };
}
