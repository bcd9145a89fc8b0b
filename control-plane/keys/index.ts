export { adoptBootstrapKey, reportBootstrapUse } from './bootstrap.ts';
export { keyRoutes } from './rpc.ts';
