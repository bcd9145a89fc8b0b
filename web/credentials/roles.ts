import { KeyRole } from '#proto/muster/v1/api_key_pb.js';

/** What a key or identity may do, as tables show it. */
export const keyRoleTitles: Record<KeyRole, string> = {
  [KeyRole.UNSPECIFIED]: '–',
  [KeyRole.ADMIN]: 'Admin',
  [KeyRole.OPERATOR]: 'Operator',
  [KeyRole.READ_ONLY]: 'Read only',
};

/** What a key or identity of a team can be. */
export const teamRoleChoices = [
  { value: KeyRole.OPERATOR, label: 'Operator: may change things' },
  { value: KeyRole.READ_ONLY, label: 'Read only: may look, and carry nothing out' },
] as const;

/** Keys of the installation can be admins, too. */
export const orgRoleChoices = [
  { value: KeyRole.ADMIN, label: 'Admin: what a platform admin may do' },
  ...teamRoleChoices,
] as const;
