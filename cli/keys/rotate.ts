import { RotateApiKeyResponseSchema } from '#proto/muster/v1/api_key_pb.js';
import { mint, showSecret, type MintOptions } from '../mutation/secret.ts';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { keyIdOf, type OwnerOptions } from './find.ts';
import { factsOf } from './show.ts';

/** Options of `muster keys rotate`. */
export interface RotateOptions extends OwnerOptions, MintOptions {
  readonly overlap?: { readonly seconds: bigint };
}

/** Gives a key a new secret, and shows it once. */
export async function rotateKey(session: Session, nameOrId: string, options: RotateOptions): Promise<void> {
  const { overlap } = options;
  const answer = await mint(session, options, async (dryRun) =>
    session.keys.rotateApiKey({ keyId: await keyIdOf(session, nameOrId, options), overlap, dryRun }),
  );
  if (session.json || !answer.key) return printJson(session.stdout, RotateApiKeyResponseSchema, answer);
  if (options.dryRun) session.stderr.write('It would become:\n\n');
  printFacts(options.dryRun ? session.stdout : session.stderr, factsOf(answer.key));
  if (!options.dryRun) showSecret(session, answer.secret, options);
}
