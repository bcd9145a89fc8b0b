import type { Loop } from '../loops/index.ts';
import { forgetOldAlerts } from './alert-store.ts';
import { forgetOldDeliveries } from './deliveries/store.ts';

/** Forgets alerts that were over 90 days ago, and deliveries after 30. */
export const alertSweepLoop: Loop = {
  name: 'alerts.sweep',
  everyMs: 600_000,
  singleton: true,
  async run({ sql }) {
    const [alerts, deliveries] = [await forgetOldAlerts(sql), await forgetOldDeliveries(sql)];
    return { alerts: alerts.count, deliveries: deliveries.count };
  },
};
