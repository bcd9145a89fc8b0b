export { identityRoutes } from './rpc.ts';
