import { randomBytes } from 'node:crypto';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { displayName } from '../display-name.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { findTeamByRequest, insertMember, insertTeam } from './store.ts';

interface NewTeam {
  readonly name: string;
  readonly ownerId: string;
  readonly requestId?: string | undefined;
}

/** Makes a team with its first owner, inside the caller's transaction. Answers the team's id. */
export async function createTeam(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  { name, ownerId, requestId }: NewTeam,
): Promise<string> {
  const id = newId('team');
  let slug = newSlug();
  while ((await insertTeam(sql, { id, slug, name, requestId })).length === 0) slug = newSlug();
  await insertMember(sql, { teamId: id, userId: ownerId, role: 'owner' });
  await recordAudit(sql, context, { action: 'team.create', target: id, teamId: id, after: { slug, owner: ownerId } });
  return id;
}

/** Makes a team of the caller's own. The same request id of the same caller answers the same team. */
export async function createOwnTeam(
  context: Context,
  caller: UserCaller,
  request: { name: string; requestId: string },
): Promise<string> {
  const requestId = request.requestId === '' ? undefined : `${caller.userId}:${request.requestId}`;
  const known = requestId === undefined ? undefined : await findTeamByRequest(context.sql, requestId);
  if (known !== undefined) return known;
  try {
    return await context.transaction((sql) =>
      createTeam(sql, context, { name: displayName('name', request.name), ownerId: caller.userId, requestId }),
    );
  } catch (error) {
    if (requestId === undefined || !violatesUnique(error, 'teams_request_id_key')) throw error;
    const winner = await findTeamByRequest(context.sql, requestId);
    if (winner === undefined) throw error;
    return winner;
  }
}

/** `a1b2c3-d1e2f3`: 12 hex digits. */
const newSlug = () => randomBytes(6).toString('hex').replace(/^.{6}/, '$&-');
