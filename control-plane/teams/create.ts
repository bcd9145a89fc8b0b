import { randomBytes } from 'node:crypto';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { insertMember, insertTeam } from './store.ts';

/** Makes a team with its first owner, inside the caller's transaction. Answers the team's id. */
export async function createTeam(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  { name, ownerId }: { name: string; ownerId: string },
): Promise<string> {
  const id = newId('team');
  let slug = newSlug();
  while ((await insertTeam(sql, { id, slug, name })).length === 0) slug = newSlug();
  await insertMember(sql, { teamId: id, userId: ownerId, role: 'owner' });
  await recordAudit(sql, context, { action: 'team.create', target: id, teamId: id, after: { slug, owner: ownerId } });
  return id;
}

/** `a1b2c3-d1e2f3`: 12 hex digits. */
const newSlug = () => randomBytes(6).toString('hex').replace(/^.{6}/, '$&-');
