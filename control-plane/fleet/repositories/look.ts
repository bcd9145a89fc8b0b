import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { GitFailure } from '../git/failure.ts';
import type { Mirror } from '../git/mirror.ts';
import { PathRefused } from './local-path.ts';
import { withCredential } from '../git/credential.ts';
import { credentialOf } from './credential.ts';
import { openSource } from './source.ts';
import {
  insertHead,
  lockRepository,
  recordReached,
  recordUnreached,
  type HeadSourceName,
  type Repository,
} from './store.ts';

/** What a look at a repository has brought. */
export interface Look {
  /** The mirror knows commits that it did not know before. */
  readonly brought: boolean;
  /** Another replica has recorded a head meanwhile: what was seen here may be older, so look again. */
  readonly overtaken: boolean;
}

/** The branch is not there. */
class BranchMissing extends Error {}

/** Looks where the branch is now: brings the mirror up to date, records a new head, or why there is no answer. */
export async function lookAt(
  context: Context,
  mirror: Mirror,
  repository: Repository,
  reason: HeadSourceName,
): Promise<Look> {
  try {
    const source = await openSource(repository.url, context.config.repositoryRoots);
    const credential = await credentialOf(context, repository);
    // What it answers is true of the moment when it was asked: fetching what is new may take minutes.
    const askedMs = performance.now();
    const brought = await withCredential(source, credential, (open) => mirror.update(open, context.signal));
    const sha = mirror.branches?.get(repository.branch);
    if (sha === undefined) throw new BranchMissing(`There is no branch ${repository.branch} in it.`);
    const recorded = sha === repository.headSha || (await recordHead(context, mirror, repository, sha, reason));
    if (recorded && (await recordReached(context.sql, repository, performance.now() - askedMs)))
      await announce(context.sql, 'repository', [repository.id]);
    return { brought, overtaken: !recorded };
  } catch (error) {
    if (error instanceof GitFailure && error.problem === 'canceled') throw error;
    if (!(error instanceof GitFailure || error instanceof PathRefused || error instanceof BranchMissing)) throw error;
    if (await recordUnreached(context.sql, repository, error.message)) {
      context.log.warn({ repository: repository.name, problem: error.message }, 'a repository gives no answer');
      await announce(context.sql, 'repository', [repository.id]);
    }
    return { brought: false, overtaken: false };
  }
}

/** Answers false where another head was recorded since the repository was read. */
async function recordHead(
  context: Context,
  mirror: Mirror,
  repository: Repository,
  sha: string,
  source: HeadSourceName,
): Promise<boolean> {
  const forced = repository.headSha !== null && !(await descends(mirror, sha, repository.headSha, context.signal));
  const recorded = await context.transaction(async (sql) => {
    // A statement of its own: the next one must see what the lock's last holder has committed.
    if (!(await lockRepository(sql, repository))) return false;
    if (!(await insertHead(sql, repository, { sha, forced, after: repository.headId, source }))) return false;
    await announce(sql, 'repository', [repository.id]);
    return true;
  });
  if (recorded) context.log.info({ repository: repository.name, sha, forced }, 'a repository has a new head');
  return recorded;
}

/** A head that the mirror does not even know is no ancestor: main was rewritten. */
async function descends(mirror: Mirror, sha: string, from: string, signal: AbortSignal): Promise<boolean> {
  try {
    await mirror.ask(['merge-base', '--is-ancestor', from, sha], { signal });
    return true;
  } catch (error) {
    if (error instanceof GitFailure && error.problem === 'failed') return false;
    throw error;
  }
}
