import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Whose use of the gateway a command is about. */
export interface ScopeOptions extends SessionOptions {
  readonly team?: string;
  readonly allTeams?: boolean;
}

/** The team that is named, or else the caller's own; empty for all teams. */
export async function teamOf(session: Session, { team, allTeams }: ScopeOptions): Promise<string> {
  if (team !== undefined && allTeams) throw new CliError('Give --team or --all-teams, not both.', exitCodes.usage);
  if (allTeams) return '';
  return team ?? (await session.auth.getCaller({})).caller?.activeTeamId ?? '';
}
