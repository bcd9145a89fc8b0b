export { fleetCondition, readCondition } from './read.ts';
export { countConditions, type ConditionCounts } from './counts.ts';
export { findTroubles, type HostTrouble } from './troubles.ts';
export { endDisruption, findDisruption, findDriftSince, recordDisruption } from './store.ts';
