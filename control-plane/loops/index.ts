export { openGrace } from './grace.ts';
export type { Loop, LoopStatus } from './loop.ts';
export { registerLoopMetrics } from './metrics.ts';
export { startLoops, type LoopRunner } from './runner.ts';
