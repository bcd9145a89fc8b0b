export { grants, type Action } from './actions.ts';
export { authorize, refusalOf, requirePossible, type Resource, userOf } from './authorize.ts';
export {
  anonymous,
  system,
  type Caller,
  type CallerKind,
  type HostCaller,
  type Membership,
  type UserCaller,
} from './caller.ts';
export { actionOf, methods } from './methods.ts';
export { teamRoles, type TeamRole } from './roles.ts';
