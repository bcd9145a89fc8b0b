import { KeyRole as WireRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityScope } from '#proto/muster/v1/identity_pb.js';
import { keyRoles, scopes, type KeyRole, type Scope } from '../access/index.ts';

const roleWords = {
  admin: WireRole.ADMIN,
  operator: WireRole.OPERATOR,
  read_only: WireRole.READ_ONLY,
} satisfies Record<KeyRole, WireRole>;

const scopeWords = {
  'sandbox:read': IdentityScope.SANDBOX_READ,
  'sandbox:manage': IdentityScope.SANDBOX_MANAGE,
  'sandbox:run': IdentityScope.SANDBOX_RUN,
  'fleet:read': IdentityScope.FLEET_READ,
  'workspace:read': IdentityScope.WORKSPACE_READ,
} satisfies Record<Scope, IdentityScope>;

export const keyRoleTo = (role: KeyRole): WireRole => roleWords[role];
export const scopeTo = (scope: Scope): IdentityScope => scopeWords[scope];

/** What the contract admits is one of ours; the weakest otherwise. */
export const keyRoleFrom = (wire: WireRole): KeyRole =>
  keyRoles.find((role) => roleWords[role] === wire) ?? 'read_only';

/** Nothing for one that is not ours: the contract admits none. */
export const scopeFrom = (wire: IdentityScope): Scope[] => scopes.filter((scope) => scopeWords[scope] === wire);
