import type { Hands } from '../images.ts';
import type { Context, Services } from '../../context.ts';
import { isDatabaseUnavailable } from '../../database/index.ts';
import { Refusal } from '../../errors.ts';
import { recordReconcile } from '../../hosts/index.ts';
import type { Loop } from '../../loops/index.ts';
import { openLanes } from './lanes.ts';
import { Lately } from './lately.ts';
import { reconcileMetrics } from './metrics.ts';
import { reconcileHost } from './reconcile.ts';
import { findHostsToReconcile } from './store.ts';

/** Keeps the hosts that are connected to this replica as the database says they should be. */
export interface Reconciler {
  readonly loop: Loop;
  /** Waits until what runs has ended. */
  close(): Promise<void>;
}

/** A host that names so much that not all of it is looked at is looked at no more often than this. */
const overfullEveryMs = 60_000;

/** Woken by connections, by changed digests and by its timer. A host that takes long keeps no other one waiting. */
export function openReconciler(services: Services, calls: Hands): Reconciler {
  const lanes = openLanes();
  const measured = reconcileMetrics(services.metrics, lanes);
  const overfull = new Lately(overfullEveryMs);

  const reconcile = async (context: Context, hostId: string) => {
    try {
      const { steps, problems, turnedAway } = await reconcileHost(context, calls, hostId);
      measured.ended(problems > 0 ? 'problems' : 'settled', steps);
      if (turnedAway > 0) overfull.add(hostId);
      else overfull.delete(hostId);
    } catch (error) {
      if (context.signal.aborted) return;
      measured.ended(error instanceof Refusal ? 'unreadable' : 'failed', 0);
      if (error instanceof Refusal) await recordProblem(context, hostId, error);
      else throw error;
    }
  };

  const work = (context: Context, hostId: string) => () =>
    reconcile(context, hostId).catch((error: unknown) => {
      if (!isDatabaseUnavailable(error))
        context.log.error({ err: error, hostId }, 'a host could not be reconciled; it is tried again');
    });

  return {
    loop: {
      name: 'sandboxes.reconcile',
      everyMs: services.config.sweepIntervalMs,
      wakeOn: ['connection', 'inventory'],
      singleton: false,
      async run(context) {
        const hosts = await findHostsToReconcile(context.sql, context.replicaId);
        for (const host of hosts) {
          if (!overfull.has(host.id)) lanes.start(host, work(context, host.id));
        }
        return { hosts: hosts.length };
      },
    },
    close: () => lanes.onIdle(),
  };
}

/** The inventory could not be had: the host is still to be compared. */
async function recordProblem({ sql }: Context, hostId: string, error: Refusal): Promise<void> {
  const sentence = `Its inventory could not be read: ${error.message}`;
  await recordReconcile(sql, hostId, { beganAt: null, digest: null, sentence });
}
