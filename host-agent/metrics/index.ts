export { eachSecond } from './each-second.ts';
export { Quiet } from './quiet.ts';
export { Meter } from './meter.ts';
export type { Counters, Resolution, Sample } from './types.ts';
