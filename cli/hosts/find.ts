import type { Host } from '#proto/muster/v1/host_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session } from '../session/session.ts';

const idPattern = /^host[0-9a-z]{12,}$/;

/** The id of a host that is named by its name or id. */
export async function hostIdOf(session: Session, nameOrId: string): Promise<string> {
  const named = (await hosts(session, nameOrId)).find(({ name }) => name === nameOrId);
  if (named) return named.id;
  if (idPattern.test(nameOrId)) return nameOrId;
  throw new CliError(`There is no host named ${nameOrId}. See muster hosts list.`, exitCodes.notFound);
}

/** The hosts whose name contains a text; all where it is empty. */
export const hosts = (session: Session, search = ''): Promise<Host[]> =>
  allPages(async (pageToken) => {
    const { hosts: items, nextPageToken } = await session.hosts.listHosts({ pageSize: 1000, pageToken, search });
    return { items, nextPageToken };
  });
