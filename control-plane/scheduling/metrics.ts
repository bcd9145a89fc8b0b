import { Gauge } from 'prom-client';
import type { Services } from '../context.ts';
import { countPlacements } from './store.ts';

/** Placements, asked when somebody looks: the database counts them for all replicas. */
export function registerPlacementMetrics({ metrics, pool }: Services): void {
  const placements = new Gauge({
    name: 'muster_placements',
    help: 'Sandboxes placed on hosts since the installation began, repeated placements included.',
    registers: [],
    async collect() {
      this.set(await countPlacements(pool));
    },
  });
  metrics.registerMetric(placements);
}
