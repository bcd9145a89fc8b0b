import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { endsWithTeam } from '../ends-with-team.ts';
import { eraseUserWith } from '../erasure/index.ts';
import { wrongState, notFound } from '../errors.ts';
import { emailKey, findPerson, findSignIn } from '../users/index.ts';

/** Whom to erase, and why. */
export interface Erasing {
  /** An address, or an id: who comes from a sign-in service has no address of ours. */
  readonly user: string;
  readonly reason: string;
  /** The user's name; asked for where somebody sits at a terminal. */
  readonly confirm: string | undefined;
}

/** Erases a person's data for good, as `UserService/EraseUser` does. Nothing happens before their name was given. */
export async function erase(context: Context, { user, reason, confirm }: Erasing): Promise<object> {
  const found = user.includes('@') ? await findSignIn(context.sql, emailKey(user)) : undefined;
  const person = await findPerson(context.sql, found?.id ?? user);
  if (!person) throw notFound('account');
  const confirmName = confirm ?? (await askFor(person.name));
  if (confirmName === undefined)
    throw wrongState(
      `Nothing was done. This would erase ${person.name} (${person.id}) for good.`,
      'Repeat it with --confirm and the name.',
    );
  const erased = await eraseUserWith(endsWithTeam)(context, { userId: person.id, confirmName, reason });
  return { userId: person.id, ...erased };
}

/** The answer of whoever sits at the terminal; undefined where nobody does. */
async function askFor(name: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  // Standard output is for the answer alone.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(`This erases ${name} for good. Type the name to go on: `);
  } finally {
    terminal.close();
  }
}
