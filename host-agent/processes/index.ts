export { exitOf } from './exit.ts';
export { newProcessId } from './id.ts';
export { SandboxProcesses } from './processes.ts';
export { type RunningCommand, RunningCommands } from './runs.ts';
export * from './types.ts';
