export { fleetCondition, readCondition } from './read.ts';
export { recordDisruption } from './store.ts';
