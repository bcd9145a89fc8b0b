import type { Context } from '../context.ts';
import { ensureRepository } from '../fleet/index.ts';
import { Refusal } from '../errors.ts';
import { ensureHost } from '../hosts/index.ts';

/** What `npm start` needs: this machine as a host, this clone as a repository. Idempotent. */
export async function prepareLocal(
  context: Context,
  { hostName, repositoryName, repositoryPath }: { hostName: string; repositoryName: string; repositoryPath: string },
): Promise<object> {
  try {
    await ensureRepository(context, { name: repositoryName, url: repositoryPath });
  } catch (error) {
    // A copy without a git directory has no commits to compare with; everything else works.
    if (!(error instanceof Refusal)) throw error;
    context.log.warn({ why: error.message }, 'this copy is not registered as a repository');
  }
  const { id, status, joinToken } = await ensureHost(context, hostName);
  return {
    hostId: id,
    hostStatus: status,
    fingerprint: context.installation.fingerprint,
    joinToken: joinToken?.token.reveal(),
  };
}
