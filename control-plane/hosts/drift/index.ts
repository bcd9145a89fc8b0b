export { noteAhead } from './notice.ts';
export { signedMark, stepsAhead, type Mark } from './mark.ts';
export { settleDrift } from './settle.ts';
export { findDrift, isDrifting, isWindowOpen, readMark, recordHeld, type Drift } from './store.ts';
