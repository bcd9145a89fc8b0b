export { adoptBootstrapKey, reportBootstrapUse } from './bootstrap.ts';
export { warnWhereNobodyGetsIn } from './nobody-gets-in.ts';
export { keyRoutes } from './rpc.ts';
