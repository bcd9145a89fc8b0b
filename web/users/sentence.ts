import type { EraseUserResponse, User } from '#proto/muster/v1/user_pb.js';

/** The users in one sentence. `found` where they were searched for, `more` where not all are here. */
export function usersSentence(users: readonly User[], { found, more }: { found: boolean; more: boolean }): string {
  const admins = users.filter(({ platformAdmin }) => platformAdmin).length;
  const locked = users.filter(({ active }) => !active).length;
  const people = `${users.length} ${users.length === 1 ? 'user' : 'users'}`;
  const count = more ? `The first ${people}` : found ? `${people} found` : people;
  const facts = [
    admins > 0 && (admins === 1 ? '1 is platform admin' : `${admins} are platform admins`),
    locked > 0 && `${locked === 1 ? '1 is' : `${locked} are`} locked out`,
  ].filter((fact) => fact !== false);
  return facts.length === 0 ? `${count}.` : `${count}; ${facts.join(', ')}.`;
}

/** What went with a person who was erased. */
export function erasedSentence({ deletedTeams, destroyedSandboxes, stoppedKeys }: Counts): string {
  const gone = [
    counted(deletedTeams, 'team was', 'teams were'),
    counted(destroyedSandboxes, 'sandbox was', 'sandboxes were'),
  ].filter(Boolean);
  const keys = counted(stoppedKeys, 'key', 'keys');
  const sentences = ['The person is erased.', gone.length > 0 && `${gone.join(' and ')} deleted.`];
  return [...sentences, keys && `${keys} stopped.`].filter(Boolean).join(' ');
}

type Counts = Pick<EraseUserResponse, 'deletedTeams' | 'destroyedSandboxes' | 'stoppedKeys'>;
const counted = (count: number, one: string, more: string) => count > 0 && `${count} ${count === 1 ? one : more}`;

/** The installation's rule about the second factor, and how many it concerns. */
export function ruleSentence({ required, usersWithout }: { required: boolean; usersWithout: number }): string {
  if (usersWithout === 0) return 'Everybody has one.';
  const people = usersWithout === 1 ? '1 user who may sign in' : `${usersWithout} users who may sign in`;
  return required
    ? `${people} ${usersWithout === 1 ? 'has' : 'have'} none yet, and can do nothing else until they add a passkey.`
    : `${people} ${usersWithout === 1 ? 'has' : 'have'} none.`;
}
