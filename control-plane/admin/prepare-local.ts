import type { Context } from '../context.ts';
import { ensureRepository } from '../fleet/index.ts';
import { ensureHost } from '../hosts/index.ts';

/** What `npm start` needs: this machine as a host, this clone as a repository. Idempotent. */
export async function prepareLocal(
  context: Context,
  { hostName, repositoryName, repositoryPath }: { hostName: string; repositoryName: string; repositoryPath: string },
): Promise<object> {
  await ensureRepository(context, { name: repositoryName, url: repositoryPath });
  const { id, status, joinToken } = await ensureHost(context, hostName);
  return {
    hostId: id,
    hostStatus: status,
    fingerprint: context.installation.fingerprint,
    joinToken: joinToken?.token.reveal(),
  };
}
