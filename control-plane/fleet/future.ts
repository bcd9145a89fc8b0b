import type { Context } from '../context.ts';
import { announce } from '../events/index.ts';
import { aheadAtMostMs } from './facts.ts';
import { forgetFutureReaches } from './repositories/store.ts';
import { ageFutureReports } from './store.ts';

/**
 * A database whose clock was set back has reports of the future. They do not count now, and must not count when their moment
 * comes: a host that fell silent long before would be green then.
 */
export async function settleFuture({ sql }: Pick<Context, 'sql'>): Promise<{ hosts: number; repositories: number }> {
  const reports = await ageFutureReports(sql, aheadAtMostMs);
  const hostIds = [...new Set(reports.map(({ hostId }) => hostId))];
  const repositoryIds = (await forgetFutureReaches(sql, aheadAtMostMs)).map(({ id }) => id);
  await announce(sql, 'fleet', hostIds);
  await announce(sql, 'repository', repositoryIds);
  return { hosts: hostIds.length, repositories: repositoryIds.length };
}
