import { Counter, type Registry } from 'prom-client';

/** What a replica has done for hosts since it started. */
export interface HostCounters {
  readonly heartbeats: Counter;
  readonly batches: Counter<'outcome'>;
  readonly rotations: Counter;
  readonly forwarded: Counter<'direction' | 'outcome'>;
}

const described = {
  heartbeats: ['muster_heartbeats_total', 'Heartbeats of hosts that were written.'],
  batches: [
    'muster_heartbeat_batches_total',
    'Statements that wrote them, each for many hosts, by outcome.',
    'outcome',
  ],
  rotations: [
    'muster_credential_rotations_total',
    'Rotations of host credentials that were accepted, repeated ones too.',
  ],
  forwarded: [
    'muster_forwarded_calls_total',
    'Calls for hosts that another replica holds: out to it, in from it, by outcome.',
    'direction',
    'outcome',
  ],
} as const satisfies Record<keyof HostCounters, readonly string[]>;

/** Those of a registry; made where it has none yet. */
export function hostCounters(metrics: Registry): HostCounters {
  const counter = (which: keyof HostCounters): Counter => {
    const [name, help, ...labelNames] = described[which];
    const known = metrics.getSingleMetric(name);
    return known instanceof Counter ? known : new Counter({ name, help, labelNames, registers: [metrics] });
  };
  return {
    heartbeats: counter('heartbeats'),
    batches: counter('batches'),
    rotations: counter('rotations'),
    forwarded: counter('forwarded'),
  };
}
