export { fileBridge } from './http/bridge.ts';
export { fileRoutes } from './rpc.ts';
