export { linkCounters } from './counters.ts';
export { type NetworkOptions, SandboxNetworks } from './open.ts';
export { networkPolicy, type NetworkPolicy } from './policy.ts';
