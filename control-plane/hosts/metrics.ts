import { Gauge } from 'prom-client';
import type { Services } from '../context.ts';
import { countConditions, type ConditionCounts } from './condition/index.ts';
import type { HostConnections } from './connection/connections.ts';
import { hostCounters } from './counters.ts';
import { hostStatuses } from './host.ts';
import { countReplicas } from './forwarding/store.ts';
import { countHosts } from './store.ts';

/** Hosts by status and condition, asked when somebody looks; connections and work of this replica. */
export function registerHostMetrics({ metrics, pool }: Services, connections: HostConnections): void {
  hostCounters(metrics);
  // The gauges of one scrape are collected together: they share one reading.
  let reading: Promise<ConditionCounts> | undefined;
  const conditions = () => (reading ??= countConditions(pool).finally(() => (reading = undefined)));
  const hosts = new Gauge({
    name: 'muster_hosts',
    help: 'Hosts by status.',
    labelNames: ['status'],
    registers: [],
    async collect() {
      const counts = await countHosts(pool);
      for (const status of hostStatuses) this.set({ status }, counts.find((row) => row.status === status)?.count ?? 0);
    },
  });
  const setApart = new Gauge({
    name: 'muster_hosts_set_apart',
    help: 'Hosts that get no new sandboxes, by why; one may be counted more than once.',
    labelNames: ['why'],
    registers: [],
    async collect() {
      const { quarantined, cordoned, draining, gaveUp } = await conditions();
      this.set({ why: 'quarantined' }, quarantined);
      this.set({ why: 'cordoned' }, cordoned);
      this.set({ why: 'draining' }, draining);
      this.set({ why: 'drain_gave_up' }, gaveUp);
    },
  });
  const clockOff = new Gauge({
    name: 'muster_hosts_clock_off',
    help: 'Online hosts whose clock is more than 30 seconds off.',
    registers: [],
    async collect() {
      this.set((await conditions()).clockOff);
    },
  });
  const disruption = new Gauge({
    name: 'muster_disruption',
    help: '1 while most hosts are silent at once, so that none is marked; 0 otherwise.',
    registers: [],
    async collect() {
      this.set(Number((await conditions()).disrupted));
    },
  });
  const drift = new Gauge({
    name: 'muster_drift',
    help: '1 while the database is older than what hosts have seen and nobody has settled it; 0 otherwise.',
    registers: [],
    async collect() {
      this.set(Number((await conditions()).drifting));
    },
  });
  const unknown = new Gauge({
    name: 'muster_unknown_sandboxes',
    help: 'Sandboxes that hosts have, the database does not know, and nobody has decided about.',
    registers: [],
    async collect() {
      this.set((await conditions()).unknownSandboxes);
    },
  });
  const replicas = new Gauge({
    name: 'muster_replicas',
    help: 'Replicas of the control plane that live.',
    registers: [],
    async collect() {
      this.set(await countReplicas(pool));
    },
  });
  const held = new Gauge({
    name: 'muster_host_connections',
    help: 'Connections of agents that this replica holds.',
    registers: [],
    collect() {
      this.set(connections.size);
    },
  });
  for (const gauge of [setApart, clockOff, disruption, drift, unknown, replicas, held]) metrics.registerMetric(gauge);
  metrics.registerMetric(hosts);
}
