import { Gauge } from 'prom-client';
import type { Services } from '../context.ts';
import type { HostConnections } from './connection/connections.ts';
import { hostStatuses } from './host.ts';
import { countReplicas } from './forwarding/store.ts';
import { countHosts } from './store.ts';

/** Hosts by status, asked when somebody looks; connections of this replica. */
export function registerHostMetrics({ metrics, pool }: Services, connections: HostConnections): void {
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
  metrics.registerMetric(hosts);
  const replicas = new Gauge({
    name: 'muster_replicas',
    help: 'Replicas of the control plane that live.',
    registers: [],
    async collect() {
      this.set(await countReplicas(pool));
    },
  });
  metrics.registerMetric(replicas);
  const held = new Gauge({
    name: 'muster_host_connections',
    help: 'Connections of agents that this replica holds.',
    registers: [],
    collect() {
      this.set(connections.size);
    },
  });
  metrics.registerMetric(held);
}
