import { randomBytes } from 'node:crypto';
import type { ConnectRouter } from '@connectrpc/connect';
import type { Loop } from '../loops/index.ts';
import { hashPassword } from '../users/index.ts';
import type { TesterParts } from './parts.ts';
import { openReconciler } from './reconcile.ts';
import { testerRoutes } from './rpc.ts';

export { markWelcomed } from './step-store.ts';

/** Testers, as far as one replica looks after them. */
export interface Testers {
  routes(router: ConnectRouter): void;
  readonly loops: readonly Loop[];
  /** Waits until what runs has ended. To be called after the loops have stopped and before the hosts are closed. */
  close(): Promise<void>;
}

export function openTesters(parts: Omit<TesterParts, 'unknownPassword'>): Testers {
  let unknown: Promise<string> | undefined;
  // One for all of them: hashing takes 20 ms, and whoever could know it would have to be us.
  const unknownPassword = () => (unknown ??= hashPassword(randomBytes(32).toString('base64')));
  const reconciler = openReconciler({ ...parts, unknownPassword });
  return { routes: testerRoutes, loops: [reconciler.loop], close: () => reconciler.close() };
}
