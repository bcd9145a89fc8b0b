export { inviteRoutes } from './rpc.ts';
export { markMailed as markInviteMailed } from './store.ts';
