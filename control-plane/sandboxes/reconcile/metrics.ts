import { Counter, Gauge, type Registry } from 'prom-client';
import type { Lanes } from './lanes.ts';

/** How runs end: `settled` and `problems` were worked through, the others were not. */
type Outcome = 'settled' | 'problems' | 'unreadable' | 'failed';

/** What is measured of every run. */
export interface ReconcileMetrics {
  ended(outcome: Outcome, steps: number): void;
}

export function reconcileMetrics(metrics: Registry, lanes: Pick<Lanes, 'waiting' | 'running'>): ReconcileMetrics {
  const registers = [metrics];
  const runs = new Counter({
    name: 'muster_reconcile_runs_total',
    help: 'Comparisons of a host with the database that ended, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const steps = new Counter({
    name: 'muster_reconcile_steps_total',
    help: 'Differences that they came to.',
    registers,
  });
  const hosts = new Gauge({
    name: 'muster_reconcile_hosts',
    help: 'Hosts of this replica that wait for a comparison, or are compared.',
    labelNames: ['state'],
    registers: [],
    collect() {
      this.set({ state: 'waiting' }, lanes.waiting);
      this.set({ state: 'running' }, lanes.running);
    },
  });
  metrics.registerMetric(hosts);
  return {
    ended(outcome, count) {
      runs.inc({ outcome });
      steps.inc(count);
    },
  };
}
