import { create } from '@bufbuild/protobuf';
import { ListRepositoriesResponseSchema, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session } from '../session/session.ts';

const columns: readonly Column<Repository>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'BRANCH', cell: ({ branch }) => branch },
  { heading: 'HEAD', cell: ({ head }) => head?.sha.slice(0, 12) ?? '' },
  { heading: 'SUBJECT', cell: ({ head }) => head?.subject ?? '' },
  {
    heading: 'FETCHED',
    cell: ({ fetchError, fetchedAt }) => (fetchError ? `failed: ${fetchError}` : sayWhen(fetchedAt)),
  },
  { heading: 'URL', cell: ({ url }) => url },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints all repositories. */
export async function listRepositories(session: Session): Promise<void> {
  const repositories = await allRepositories(session);
  if (session.json) {
    return printJson(
      session.stdout,
      ListRepositoriesResponseSchema,
      create(ListRepositoriesResponseSchema, { repositories }),
    );
  }
  printTable(
    session.stdout,
    repositories,
    columns,
    'There are no repositories. Add one with muster repositories add NAME URL.',
  );
}

/** All registered repositories. */
export const allRepositories = (session: Session): Promise<Repository[]> =>
  allPages(async (pageToken) => {
    const answer = await session.fleet.listRepositories({ pageSize: 1000, pageToken });
    return { items: answer.repositories, nextPageToken: answer.nextPageToken };
  });
