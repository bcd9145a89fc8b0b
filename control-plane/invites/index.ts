export { inviteRoutes } from './rpc.ts';
