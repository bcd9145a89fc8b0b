import type { OidcSettings } from '../../sign-in-config.ts';
import { longestName, nameFrom, roleFrom, type Person } from '../person.ts';
import { SignInProblem } from './problem.ts';

type Claims = Readonly<Record<string, unknown>>;

/** More teams than anybody is in. */
const mostTeams = 100;

/** Whom the provider's claims name. Throws a SignInProblem where they say too little. */
export function personFromClaims({ issuer, claims: names, people }: OidcSettings, claims: Claims): Person {
  const id = claimOf(claims, names.user);
  // Exactly as it came: what the provider tells apart stays apart.
  if (typeof id !== 'string' || nameFrom(id) !== id) throw new SignInProblem('no_user', names.user);
  if (names.user === 'email' && claims['email_verified'] === false) throw new SignInProblem('no_user', names.user);
  const teams = textsOf(claimOf(claims, names.team)).flatMap((name) => nameFrom(name) ?? []);
  if (teams.length === 0) throw new SignInProblem('no_team', names.team);
  const shown = [claims['name'], claims['preferred_username'], id].find((text) => typeof text === 'string');
  const { email } = claims;
  return {
    source: issuer,
    id,
    name: nameFrom(String(shown).slice(0, longestName)) ?? id,
    email: typeof email === 'string' && email.length <= 254 ? (nameFrom(email) ?? '') : '',
    teams: teams.slice(0, mostTeams),
    role: roleFrom(textsOf(claimOf(claims, names.roles)), people),
    platformAdmin: people.platformAdmins.has(id),
  };
}

/** A claim by its name, or by a path of names (`realm_access.roles`). */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Object.entries(value).find(([key]) => key === part)?.[1];
  }
  return value;
}

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []).filter(
    (one): one is string => typeof one === 'string',
  );
