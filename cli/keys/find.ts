import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Whose keys a command is about. */
export interface OwnerOptions extends SessionOptions {
  readonly team?: string;
  readonly org?: boolean;
}

/** The team that is named, or else the caller's own; empty for the installation. */
export async function teamOf(session: Session, { team, org }: OwnerOptions): Promise<string> {
  if (team !== undefined && org) throw new CliError('Give --team or --org, not both.', exitCodes.usage);
  if (org) return '';
  return team ?? (await session.auth.getCaller({})).caller?.activeTeamId ?? '';
}

/** The keys of a team, or of the installation. */
export const keysOf = (session: Session, teamId: string, includeEnded: boolean): Promise<ApiKey[]> =>
  allPages(async (pageToken) => {
    const { keys, nextPageToken } = await session.keys.listApiKeys({ teamId, includeEnded, pageSize: 1000, pageToken });
    return { items: keys, nextPageToken };
  });

/** The id of a key that is named by its name or id. */
export async function keyIdOf(session: Session, nameOrId: string, owner: OwnerOptions): Promise<string> {
  if (/^key[0-9a-z]{12,}$/.test(nameOrId)) return nameOrId;
  const [found, ...more] = (await keysOf(session, await teamOf(session, owner), false)).filter(
    ({ name }) => name === nameOrId,
  );
  if (found && more.length === 0) return found.id;
  throw new CliError(
    found
      ? `There are several keys named ${nameOrId}: name one by its id. See muster keys list.`
      : `There is no key named ${nameOrId}. See muster keys list.`,
    exitCodes.notFound,
  );
}
