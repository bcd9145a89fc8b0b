import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { conflict, notFound, wrongState } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import {
  findRepository,
  findRepositoryByName,
  hasHadHead,
  insertHead,
  lockRepository,
  type Repository,
} from './store.ts';

export interface PublishedHead {
  /** The repository's id or name. */
  readonly repository: string;
  readonly sha: string;
  /** The head that it follows; whatever it is where empty. */
  readonly expectedSha: string;
  readonly forced: boolean;
}

/** Records the head that CI names. Repeating the newest one changes nothing. */
export function publishHead(
  context: Context,
  { repository, sha, expectedSha, forced }: PublishedHead,
): Promise<string> {
  return context.transaction(async (sql) => {
    const find = async () => (await findRepository(sql, repository)) ?? (await findRepositoryByName(sql, repository));
    const named = await find();
    if (!named || !(await lockRepository(sql, named))) throw notFound('repository');
    // Again, now that nobody else can publish: what was read before the lock may be older.
    const found: Repository = (await find()) ?? named;
    if (!found.published)
      throw wrongState(
        'This repository is fetched, so its heads cannot be published.',
        'Register it as published to tell its heads from CI.',
      );
    if (found.headSha === sha) return found.id;
    if (expectedSha !== '' && expectedSha !== found.headSha)
      throw conflict(`The newest head is ${found.headSha ?? 'none'} and not the expected one: another job was faster.`);
    // A branch that goes back to a commit that it had was rewritten, whatever CI says.
    const rewritten = forced || (await hasHadHead(sql, found, sha));
    await insertHead(sql, found, { sha, forced: rewritten, after: found.headId, source: 'published' });
    await recordAudit(sql, context, {
      action: 'head.publish',
      target: found.id,
      before: { sha: found.headSha },
      after: { sha, forced: rewritten },
    });
    await announce(sql, 'repository', [found.id]);
    return found.id;
  });
}
