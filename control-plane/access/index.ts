export { type Action } from './actions.ts';
export { authorize, refusalOf, requirePossible, type Resource, userOf } from './authorize.ts';
export {
  anonymous,
  boundHostOf,
  system,
  type Caller,
  type CallerKind,
  type HostCaller,
  type Membership,
  type OrgKeyCaller,
  type SecondFactorDemand,
  type TeamMachineCaller,
  type UserCaller,
} from './caller.ts';
export { actionOf, methods } from './methods.ts';
export { sensitivityOf, type Sensitive } from './sensitive.ts';
export { offIn } from './sign-in-modes.ts';
export { sameRights } from './same-rights.ts';
export { keyRoles, scopes, type KeyRole, type Scope, type TeamRole } from './roles.ts';
