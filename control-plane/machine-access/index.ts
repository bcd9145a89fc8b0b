export { machineAccessLoops } from './loops.ts';
export { recordAccessReports } from './report.ts';
export { machineAccessRoutes } from './rpc.ts';
