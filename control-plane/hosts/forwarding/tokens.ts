import type { Secret } from '#contract/secret.ts';
import type { Services } from '../../context.ts';

/** What a token of one replica for another allows: calls on one host over one replica. */
export interface Pass {
  readonly hostId: string;
  readonly replicaId: string;
}

const lifetimeMs = 30_000;
/** So long a token is used again: signing and verifying one takes longer than a short call. */
const reusedMs = 10_000;
const mostKept = 1_000;

/** Makes tokens for calls over other replicas. */
export function passes({ installation, clock, replicaId: own }: Services): (pass: Pass) => Promise<Secret> {
  const kept = new Map<string, { readonly token: Secret; readonly until: number }>();
  return async ({ hostId, replicaId }) => {
    const name = `${hostId} ${replicaId}`;
    const known = kept.get(name);
    if (known && clock.now() < known.until) return known.token;
    const { token } = await installation.tokens.sign({
      audience: 'muster-replica',
      subject: `replica:${own}`,
      lifetimeMs,
      claims: { host: hostId, replica: replicaId },
    });
    if (kept.size >= mostKept) kept.clear();
    kept.set(name, { token, until: clock.now() + reusedMs });
    return token;
  };
}

/** What a token allows; undefined for one that is none. */
export async function readPass({ installation }: Services, token: string): Promise<Pass | undefined> {
  const verified = await installation.tokens.verify(token, 'muster-replica');
  const { host, replica } = verified?.claims ?? {};
  return typeof host === 'string' && typeof replica === 'string' ? { hostId: host, replicaId: replica } : undefined;
}
