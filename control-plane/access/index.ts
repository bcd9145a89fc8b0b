export { grants, type Action } from './actions.ts';
export { authorize, refusalOf, type Resource } from './authorize.ts';
export {
  anonymous,
  system,
  type Caller,
  type CallerKind,
  type HostCaller,
  type Membership,
  type UserCaller,
} from './caller.ts';
export { teamRoles, type TeamRole } from './roles.ts';
