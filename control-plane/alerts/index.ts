import type { ConnectRouter } from '@connectrpc/connect';
import type { Services } from '../context.ts';
import type { Fleet } from '../fleet/index.ts';
import type { Loop } from '../loops/index.ts';
import { deliverLoop } from './deliveries/deliver.ts';
import { sampleLoop } from './loop.ts';
import { registerAlertMetrics } from './metrics.ts';
import { alertRoutes } from './rpc.ts';
import { alertSweepLoop } from './sweep.ts';

/** Rules that watch the fleet, and channels that are told. */
export interface Alerts {
  routes(router: ConnectRouter): void;
  readonly loops: readonly Loop[];
}

export function openAlerts(services: Services, fleet: Pick<Fleet, 'readInParts'>): Alerts {
  registerAlertMetrics(services);
  return { routes: alertRoutes, loops: [sampleLoop(services, fleet), deliverLoop, alertSweepLoop] };
}
export { resealChannels } from './channels/reseal.ts';
