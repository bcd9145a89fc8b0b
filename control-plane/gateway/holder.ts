import { timingSafeEqual } from 'node:crypto';
import { parseToken } from '#contract/token.ts';
import type { Services } from '../context.ts';
import { headerOf, type NodeRequest } from '../server/http-types.ts';
import { findLiveSecret, touchSecret, type LiveSecret } from './token-store.ts';

/** Whose use a request counts as. */
export type Holder = Pick<LiveSecret, 'tokenId' | 'userId' | 'teamId'>;

/** Compared with where there is no secret, so that the time tells nothing. */
const nobodysHash = Buffer.alloc(32);

/** Who presents a token of the gateway that works at this moment. Undefined for everything else. */
export async function holderOf(
  { pool, log }: Pick<Services, 'pool' | 'log'>,
  request: NodeRequest,
): Promise<Holder | undefined> {
  const [, presented] = /^Bearer +(\S+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
  const token = presented === undefined ? undefined : parseToken(presented, 'gwy');
  if (!token) return undefined;
  const live = await findLiveSecret(pool, token.id);
  const matches = timingSafeEqual(live?.hash ?? nobodysHash, token.hash);
  if (!live || !matches) return undefined;
  if (live.stale) {
    // Nobody waits for it, and nothing depends on it: the next request writes it again.
    touchSecret(pool, live.secretId).catch((error: unknown) =>
      log.debug({ err: error }, 'the use of a gateway token was not written'),
    );
  }
  return live;
}
