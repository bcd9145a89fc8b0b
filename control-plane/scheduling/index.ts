export { assignHost, releaseHost } from './assign.ts';
export { requireRoom } from './room.ts';
export { defaultNetwork, lockPlacement, type Demand } from './store.ts';
export { registerPlacementMetrics } from './metrics.ts';
export { placeSandbox } from './place.ts';
