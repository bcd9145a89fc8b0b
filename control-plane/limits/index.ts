export { openCallLimits, type AdmitCall, type AdmitTraffic, type CallLimits } from './calls.ts';
export { keyFor } from './key.ts';
export { networkOf } from './network.ts';
export type { Limit } from './rules.ts';
export { spend } from './spend.ts';
export { limitSweepLoop } from './sweep.ts';
export { tooMany } from './refusal.ts';
