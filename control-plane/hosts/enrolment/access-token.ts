import type { Secret } from '#contract/secret.ts';
import type { HostCaller } from '../../access/index.ts';
import type { TokenSigner } from '../../installation/index.ts';

const lifetimeMs = 7 * 86_400_000;
const subjectPrefix = 'host:';

/** What a host's access token says. */
interface Claims {
  readonly hostId: string;
  /** The host's epoch that it was made in: a revoked host's is over. */
  readonly epoch: number;
  /** The generation of the refresh token that it came with: its use confirms that one. */
  readonly generation: number;
}

/** A fresh access token. Nothing of it is stored. */
export function issueAccessToken(
  tokens: TokenSigner,
  { hostId, epoch, generation }: Claims,
): Promise<{ token: Secret; expiresAt: Date }> {
  return tokens.sign({
    audience: 'muster-host',
    subject: subjectPrefix + hostId,
    lifetimeMs,
    claims: { epoch, gen: generation },
  });
}

/**
 * The host that presents this access token; undefined for anything that is none of ours, or over. Whether its epoch
 * still holds is compared by the statement that each of its calls runs anyway. Throws only when the database fails.
 */
export async function hostCallerFrom(
  tokens: TokenSigner,
  token: string,
): Promise<(HostCaller & { readonly expiresAt: Date }) | undefined> {
  const verified = await tokens.verify(token, 'muster-host');
  if (!verified?.subject.startsWith(subjectPrefix)) return undefined;
  const { epoch, gen } = verified.claims;
  if (!Number.isInteger(epoch) || !Number.isInteger(gen)) return undefined;
  return {
    kind: 'host',
    actor: verified.subject,
    credentialId: verified.id,
    hostId: verified.subject.slice(subjectPrefix.length),
    epoch: Number(epoch),
    generation: Number(gen),
    expiresAt: verified.expiresAt,
  };
}
