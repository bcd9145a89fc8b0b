import { RotateCredentialResponseSchema } from '#proto/muster/v1/identity_pb.js';
import { mint, showSecret, type MintOptions } from '../mutation/secret.ts';
import { printJson } from '../output/json.ts';
import { sayWhen } from '../output/time.ts';
import type { Session } from '../session/session.ts';
import { identityIdOf, type TeamOptions } from './find.ts';
import { sayWaiting } from './words.ts';

/** Options of `muster identity rotate`. */
export interface RotateOptions extends TeamOptions, MintOptions {
  readonly credential?: string;
  readonly overlap?: { readonly seconds: bigint };
  readonly lifetime?: { readonly seconds: bigint };
}

/** Replaces a credential, and shows the new one's secret once. */
export async function rotateCredential(session: Session, nameOrId: string, options: RotateOptions): Promise<void> {
  const { credential = '', overlap, lifetime } = options;
  const answer = await mint(session, options, async (dryRun) =>
    session.identities.rotateCredential({
      identityId: await identityIdOf(session, nameOrId, options),
      credentialId: credential,
      overlap,
      lifetime,
      dryRun,
    }),
  );
  if (session.json) return printJson(session.stdout, RotateCredentialResponseSchema, answer);
  if (answer.approval) return sayWaiting(session, answer.approval, options.dryRun);
  const until = overlap && overlap.seconds > 0n ? `works until ${sayWhen(answer.replaced?.expiresAt)}` : 'ends at once';
  const line = `${answer.replaced?.prefix}_… ${options.dryRun ? 'would be replaced' : 'is replaced'}; it ${until}.\n`;
  if (options.dryRun) return void session.stdout.write(line);
  session.stderr.write(line);
  showSecret(session, answer.secret, options);
}
