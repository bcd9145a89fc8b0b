import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { displayName } from '../display-name.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { nameTaken } from '../errors.ts';
import { createTeam } from '../teams/index.ts';
import { emailKey } from './email.ts';
import { insertUser } from './store.ts';

/** Makes an account with a team of its own, inside the caller's transaction. Answers the user's id. Refuses a taken address. */
export async function createUser(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  user: { name: string; email: string; passwordHash: string; platformAdmin: boolean },
): Promise<string> {
  const id = newId('user');
  const name = displayName('name', user.name);
  const email = user.email.trim();
  try {
    await insertUser(sql, { ...user, id, name, email, emailKey: emailKey(email) });
  } catch (error) {
    if (!violatesUnique(error, 'users_email_key_key')) throw error;
    throw nameTaken('email', 'There is an account with this email address: sign in instead.');
  }
  await recordAudit(sql, context, { action: 'user.create', target: id, after: { platformAdmin: user.platformAdmin } });
  await createTeam(sql, context, { name: `${name}'s team`, ownerId: id });
  return id;
}
