import type { Action } from './actions.ts';

/** How people sign in at an installation: `keys_only` where nobody does. */
export type SignInMode = 'password' | 'trusted_header' | 'oidc' | 'keys_only';

/** What only accounts with a password have. */
const ofPasswords = [
  'setup.complete',
  'session.create',
  'user.create',
  'password.change',
  'password.request_reset',
  'password.reset',
  'password.reset_link.create',
  'caller.confirm',
  'second_factor.prove',
  'second_factor.read',
  'second_factor.manage',
  'second_factor.reset',
  'second_factor.require',
] as const satisfies readonly Action[];

/** What decides who somebody is, and in which teams: the sign-in service does. */
const ofPeople = [
  'user.update',
  'user.search',
  'team.create',
  'team.delete',
  'team.leave',
  'member.manage',
  'ownership.offer',
  'ownership.accept',
  'invite.create',
  'invite.revoke',
  'invite.open',
] as const satisfies readonly Action[];

/** What needs a session. */
const ofSessions = [
  'team.switch',
  'session.manage',
  'user_token.create',
  'device.start',
  'device.approve',
] as const satisfies readonly Action[];

const all = (actions: readonly Action[], sentence: string) => actions.map((action) => [action, sentence] as const);

const passwordsElsewhere = 'There are no passwords on this installation: people sign in at its sign-in service.';
const peopleElsewhere = 'Names, teams and roles come from the sign-in service of this installation: change them there.';
const nobody = 'Nobody signs in on this installation: only keys and machine identities call it.';

/** What a mode does not have, with the sentence that says so. None of it could be done by a key: a test holds that. */
const off: Readonly<Record<SignInMode, ReadonlyMap<Action, string>>> = {
  password: new Map(),
  trusted_header: new Map([
    ...all(ofPasswords, passwordsElsewhere),
    ...all(ofPeople, peopleElsewhere),
    ...all(
      ofSessions,
      'There are no sessions on this installation: its sign-in proxy says with each request who asks. Give programs a key or a machine identity.',
    ),
  ]),
  oidc: new Map([...all(ofPasswords, passwordsElsewhere), ...all(ofPeople, peopleElsewhere)]),
  keys_only: new Map(all([...ofPasswords, ...ofPeople, ...ofSessions], nobody)),
};

/** Why nobody may do this in a mode; undefined where it is decided by rights. */
export const offIn = (mode: SignInMode, action: Action): string | undefined => off[mode].get(action);
