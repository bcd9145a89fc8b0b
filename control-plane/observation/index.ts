export { observationRoutes } from './rpc.ts';
