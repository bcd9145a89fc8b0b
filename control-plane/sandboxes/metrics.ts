import { Gauge } from 'prom-client';
import type { Services } from '../context.ts';
import { countSandboxes } from './store.ts';
import { liveStates } from './watch.ts';

/** Sandboxes by state, asked when somebody looks. */
export function registerSandboxMetrics({ metrics, pool }: Services): void {
  const sandboxes = new Gauge({
    name: 'muster_sandboxes',
    help: 'Sandboxes that have not ended, by observed state.',
    labelNames: ['state'],
    registers: [],
    async collect() {
      const counts = await countSandboxes(pool);
      for (const state of liveStates)
        this.set({ state }, counts.find(({ observed }) => observed === state)?.count ?? 0);
    },
  });
  metrics.registerMetric(sandboxes);
}
