export { processRoutes } from './rpc.ts';
