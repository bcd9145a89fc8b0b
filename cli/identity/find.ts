import type { Identity } from '#proto/muster/v1/identity_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Whose identities a command is about. */
export interface TeamOptions extends SessionOptions {
  readonly team?: string;
}

/** A team's identities. */
export const identitiesOf = (session: Session, teamId: string, includeRevoked: boolean): Promise<Identity[]> =>
  allPages(async (pageToken) => {
    const page = await session.identities.listIdentities({ teamId, includeRevoked, pageSize: 1000, pageToken });
    return { items: page.identities, nextPageToken: page.nextPageToken };
  });

/** The id of an identity that is named by its name or id. */
export async function identityIdOf(session: Session, nameOrId: string, { team = '' }: TeamOptions): Promise<string> {
  if (/^mid[0-9a-z]{12,}$/.test(nameOrId)) return nameOrId;
  const found = (await identitiesOf(session, team, false)).find(({ name }) => name === nameOrId);
  if (found) return found.id;
  throw new CliError(`There is no machine identity named ${nameOrId}. See muster identity list.`, exitCodes.notFound);
}
