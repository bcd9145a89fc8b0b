import type { User } from '#proto/muster/v1/user_pb.js';

/** The users in one sentence. `found` where they were searched for, `more` where not all are here. */
export function usersSentence(users: readonly User[], { found, more }: { found: boolean; more: boolean }): string {
  const admins = users.filter(({ platformAdmin }) => platformAdmin).length;
  const locked = users.filter(({ active }) => !active).length;
  const people = `${users.length} ${users.length === 1 ? 'user' : 'users'}`;
  const count = more ? `The first ${people}` : found ? `${people} found` : people;
  const facts = [
    admins > 0 && `${admins === 1 ? '1 is' : `${admins} are`} platform admin`,
    locked > 0 && `${locked === 1 ? '1 is' : `${locked} are`} locked out`,
  ].filter((fact) => fact !== false);
  return facts.length === 0 ? `${count}.` : `${count}; ${facts.join(', ')}.`;
}
