export { fleetCondition, readCondition } from './read.ts';
export { endDisruption, findDisruption, recordDisruption } from './store.ts';
