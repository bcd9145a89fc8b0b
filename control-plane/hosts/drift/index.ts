export { noteAhead } from './notice.ts';
export { signedMark, stepsAhead, type Mark } from './mark.ts';
export { settleDrift } from './settle.ts';
export { driftGuard, findDrift, isDrifting, isWindowOpen, readMark, recordHeld, recordReestablished } from './store.ts';
