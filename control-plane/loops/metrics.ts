import { Counter, Gauge, type Registry } from 'prom-client';
import type { LoopRunner } from './runner.ts';

/** The loops of a replica, as they stand when somebody looks. */
export function registerLoopMetrics(metrics: Registry, loops: Pick<LoopRunner, 'statuses'>): void {
  const runs = new Counter({
    name: 'muster_loop_runs_total',
    help: 'Runs of loops that ended, well or not.',
    labelNames: ['loop'],
    registers: [],
    collect() {
      this.reset();
      for (const { name, runs: ended } of loops.statuses()) this.inc({ loop: name }, ended);
    },
  });
  const ours = new Gauge({
    name: 'muster_loop_ours',
    help: '1 where this replica runs the loop; 0 where another one has the turn.',
    labelNames: ['loop'],
    registers: [],
    collect() {
      for (const { name, ours: isOurs } of loops.statuses()) this.set({ loop: name }, Number(isOurs));
    },
  });
  const failing = new Gauge({
    name: 'muster_loop_failing',
    help: '1 where the last run of the loop failed; 0 otherwise.',
    labelNames: ['loop'],
    registers: [],
    collect() {
      for (const { name, lastError } of loops.statuses()) this.set({ loop: name }, Number(lastError !== undefined));
    },
  });
  metrics.registerMetric(runs);
  for (const gauge of [ours, failing]) metrics.registerMetric(gauge);
}
