import { Code } from '@connectrpc/connect';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

let ofProcess: Registry | undefined;

/**
 * A registry of one replica's own, with what the process itself tells. That is collected once for the process: what watches
 * its event loop and its memory is never let go.
 */
export function newMetrics(): Registry {
  if (!ofProcess) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
  return Registry.merge([ofProcess]);
}

/** What is measured of every call. */
export interface CallMetrics {
  ended(call: { service: string; method: string; code: Code | undefined; seconds: number }): void;
}

export function callMetrics(registry: Registry, underWay: { readonly underWay: number }): CallMetrics {
  const registers = [registry];
  const calls = new Counter({
    name: 'muster_rpc_calls_total',
    help: 'Calls that ended, by method and code.',
    labelNames: ['service', 'method', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'muster_rpc_seconds',
    help: 'How long calls took.',
    labelNames: ['service', 'method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  });
  const now: Gauge = new Gauge({
    name: 'muster_rpc_under_way',
    help: 'Calls and streams under way.',
    registers,
    collect: () => now.set(underWay.underWay),
  });
  return {
    ended({ service, method, code, seconds: took }) {
      calls.inc({ service, method, code: code === undefined ? 'ok' : Code[code] });
      seconds.observe({ service, method }, took);
    },
  };
}
