export { startSimulatedHost, type SimulatedHost, type SimulatedHostOptions } from './host.ts';
export type { SimulatedUpdate, UpdateOutcome } from './updates.ts';
export type { ComponentReport, HostSpecs } from './protocol.ts';
export type { SimulatedSandbox } from './sandboxes.ts';
export { pick, seededRandom } from './random.ts';
