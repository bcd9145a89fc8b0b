import { HostOwner, type Host } from '#proto/muster/v1/host_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session } from '../session/session.ts';

const idPattern = /^host[0-9a-z]{12,}$/;

/** The id of a host that is named by its name or id. */
export async function hostIdOf(session: Session, nameOrId: string): Promise<string> {
  const [named, ...others] = (await hosts(session, { search: nameOrId })).filter(({ name }) => name === nameOrId);
  if (named && others.length > 0) {
    const each = [named, ...others].map(({ id, teamName }) => `${id} (${teamName || 'the platform'})`).join(', ');
    throw new CliError(`Several hosts are named ${nameOrId}: ${each}. Give the id.`, exitCodes.usage);
  }
  if (named) return named.id;
  if (idPattern.test(nameOrId)) return nameOrId;
  throw new CliError(`There is no host named ${nameOrId}. See muster hosts list.`, exitCodes.notFound);
}

/** Which hosts are asked for; all that may be seen where nothing is said. */
export interface HostsAsked {
  readonly search?: string;
  readonly teamId?: string;
  readonly platform?: boolean;
}

/** The hosts that pass, by name. */
export const hosts = (
  session: Session,
  { search = '', teamId = '', platform = false }: HostsAsked = {},
): Promise<Host[]> =>
  allPages(async (pageToken) => {
    const owner = platform ? HostOwner.PLATFORM : HostOwner.UNSPECIFIED;
    const request = { pageSize: 1000, pageToken, search, teamId, owner };
    const { hosts: items, nextPageToken } = await session.hosts.listHosts(request);
    return { items, nextPageToken };
  });
