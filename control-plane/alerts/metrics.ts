import { Gauge } from 'prom-client';
import type { Services } from '../context.ts';
import { countFiring } from './alert-store.ts';
import { countDeliveries } from './deliveries/store.ts';
import { kindNames } from './rules/kinds.ts';

/** What fires and what waits to be told, counted when somebody looks. */
export function registerAlertMetrics({ metrics, pool }: Services): void {
  const firing = new Gauge({
    name: 'muster_alerts_firing',
    help: 'Alerts that fire now, by kind.',
    labelNames: ['kind'],
    registers: [],
    async collect() {
      const counted = new Map((await countFiring(pool)).map((row) => [row.kind, row.firing]));
      for (const kind of kindNames) this.set({ kind }, counted.get(kind) ?? 0);
    },
  });
  const deliveries = new Gauge({
    name: 'muster_alerts_deliveries',
    help: 'Messages to channels that wait, or were given up within 30 days (dead).',
    labelNames: ['state'],
    registers: [],
    async collect() {
      const counted = new Map((await countDeliveries(pool)).map((row) => [row.state, row.deliveries]));
      for (const state of ['waiting', 'dead'] as const) this.set({ state }, counted.get(state) ?? 0);
    },
  });
  for (const gauge of [firing, deliveries]) metrics.registerMetric(gauge);
}
