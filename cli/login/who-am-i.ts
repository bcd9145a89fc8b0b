import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { CallerKind, GetCallerResponseSchema, TeamRole } from '#proto/muster/v1/auth_pb.js';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';

/** Prints who the token makes us. */
export async function whoAmI(session: Session): Promise<void> {
  const answer = await session.auth.getCaller({});
  if (session.json || !answer.caller) return printJson(session.stdout, GetCallerResponseSchema, answer);
  const { kind, name, email, platformAdmin, teams, activeTeamId, keyId, keyRole } = answer.caller;
  const team = teams.find(({ teamId }) => teamId === activeTeamId);
  printFacts(session.stdout, [
    ['Name', name],
    ['Email', email],
    ['Kind', keyId && `${enumWord(CallerKind, kind)}, ${enumWord(KeyRole, keyRole)}`],
    ['Id', keyId],
    ['Team', team ? `${team.teamName} (${keyId ? '' : `${enumWord(TeamRole, team.role)}, `}${team.teamSlug})` : 'none'],
    ['Platform', platformAdmin ? 'admin' : ''],
    ['Server', session.server],
  ]);
}
