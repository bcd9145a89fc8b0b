import type { Tester, TesterState } from '#proto/muster/v1/tester_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session } from '../session/session.ts';

/** Testers by name, all or some. */
export const testersLike = (session: Session, search: string, state?: TesterState): Promise<Tester[]> =>
  allPages(async (pageToken) => {
    const page = await session.testers.listTesters({ search, state, pageSize: 1000, pageToken });
    return { items: page.testers, nextPageToken: page.nextPageToken };
  });

/** A tester that is named by address, name or id. */
export async function testerOf(session: Session, named: string): Promise<Tester> {
  if (/^tester[0-9a-z]{12,}$/.test(named)) {
    const { tester } = await session.testers.getTester({ testerId: named });
    if (tester) return tester;
  }
  const found = (await testersLike(session, named)).filter(
    ({ email, name }) => email.toLowerCase() === named.toLowerCase() || name === named,
  );
  if (found.length === 1) return found[0]!; // just counted
  throw new CliError(
    found.length > 1
      ? `${named} is the name of ${found.length} testers: give the address.`
      : `There is no tester ${named}. See muster testers list.`,
    exitCodes.notFound,
  );
}
