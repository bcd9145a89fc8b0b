export { cockpitRoutes } from './rpc.ts';
