/** Roles in a team, strongest first. Only a sign-in service makes somebody `read_only`. */
export const teamRoles = ['owner', 'admin', 'member', 'read_only'] as const;
export type TeamRole = (typeof teamRoles)[number];

/** Roles of keys and machine identities, strongest first. Only keys of the installation are admins. */
export const keyRoles = ['admin', 'operator', 'read_only'] as const;
export type KeyRole = (typeof keyRoles)[number];

/** Whether a role is at least this one. */
export const reaches = (role: KeyRole, least: KeyRole): boolean => keyRoles.indexOf(role) <= keyRoles.indexOf(least);

/** What a machine identity may be confined to. */
export const scopes = ['sandbox:read', 'sandbox:manage', 'sandbox:run', 'fleet:read', 'workspace:read'] as const;
export type Scope = (typeof scopes)[number];
