import type { ConnectRouter } from '@connectrpc/connect';
import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import { driftGuard } from '../hosts/index.ts';
import { registerPlacementMetrics } from '../scheduling/index.ts';
import { activityLog } from './activity.ts';
import { sandboxDoor, type SandboxDoor } from './enter.ts';
import type { Hands } from './images.ts';
import { endExpired } from './expire.ts';
import { forgetEnded } from './forget.ts';
import { registerSandboxMetrics } from './metrics.ts';
import { rememberTargets } from './remembered.ts';
import { openReconciler } from './reconcile/reconciler.ts';
import { sandboxRoutes } from './rpc.ts';
import { silenceLoops } from './silence.ts';
import { tellExpiries } from './tell-expiry.ts';

/** The sandboxes of one replica. */
export interface Sandboxes {
  routes(router: ConnectRouter): void;
  readonly door: SandboxDoor;
  readonly loops: readonly Loop[];
  /** Waits until what runs has ended. To be called after the loops have stopped and before the hosts are closed. */
  close(): Promise<void>;
}

const forgetEveryMs = 60_000;
const writeActivityEveryMs = 5_000;
/** Whoever repeats the call waits for it. */
const writeLostEveryMs = 1_000;

export function openSandboxes(services: Services, calls: Hands): Sandboxes {
  const activity = activityLog(() => services.clock.now());
  const mayEnd = driftGuard();
  const targets = rememberTargets(services.bus);
  const reconciler = openReconciler(services, calls);
  registerSandboxMetrics(services);
  registerPlacementMetrics(services);
  return {
    routes: (router) => sandboxRoutes(router, calls, targets),
    door: sandboxDoor(calls, activity, targets),
    loops: [
      reconciler.loop,
      ...silenceLoops(services.config, calls),
      {
        name: 'sandboxes.expiry',
        everyMs: services.config.sweepIntervalMs,
        singleton: false,
        run: (context) => endExpired(context, calls, mayEnd),
      },
      {
        name: 'sandboxes.expiry.tell',
        everyMs: services.config.sweepIntervalMs,
        singleton: false,
        run: (context) => tellExpiries(context, calls),
      },
      { name: 'sandboxes.forget', everyMs: forgetEveryMs, singleton: true, run: forgetEnded },
      {
        name: 'sandboxes.lost_starts',
        everyMs: writeLostEveryMs,
        singleton: false,
        run: (context) => calls.lost.write(context),
      },
      {
        name: 'sandboxes.activity',
        everyMs: writeActivityEveryMs,
        singleton: false,
        run: (context) => activity.write(context),
      },
    ],
    close: () => reconciler.close(),
  };
}
