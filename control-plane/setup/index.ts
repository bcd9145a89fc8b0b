export { setupRoutes } from './rpc.ts';
export { mintSetupLink } from './tokens.ts';
