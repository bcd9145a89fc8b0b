import type { TeamRole } from '../access/index.ts';
import type { PeopleRules } from '../sign-in-config.ts';

/** Who the sign-in service says that somebody is, at this request. */
export interface Person {
  /** Who says so: `trusted_header`, or the issuer. */
  readonly source: string;
  /** By what the service tells people apart. */
  readonly id: string;
  /** As pages show it. */
  readonly name: string;
  /** Empty where the service does not say. */
  readonly email: string;
  /** By name; the first is the one that calls without a `team_id` are for. */
  readonly teams: readonly string[];
  readonly role: TeamRole;
  readonly platformAdmin: boolean;
}

/** The longest name of a person or team. */
export const longestName = 200;

/** A name as it is compared: the same characters, however they were composed. Undefined for what is no name. */
export function nameFrom(text: string): string | undefined {
  const name = text.normalize('NFC').trim();
  const printable = !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u{fffd}]/u.test(name);
  return name !== '' && name.length <= longestName && printable ? name : undefined;
}

const strongestFirst: readonly TeamRole[] = ['owner', 'admin', 'member', 'read_only'];

/** The strongest of the roles that are known; the default where none is. */
export function roleFrom(asserted: readonly string[], { roles, defaultRole }: PeopleRules): TeamRole {
  const known = new Set(asserted.map((role) => roles.get(role.trim())));
  return strongestFirst.find((role) => known.has(role)) ?? defaultRole;
}
