export { fileRoutes } from './rpc.ts';
