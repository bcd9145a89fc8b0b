import { CreateApiKeyResponseSchema, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { mint, showSecret, type MintOptions } from '../mutation/secret.ts';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { teamOf, type OwnerOptions } from './find.ts';
import { factsOf } from './show.ts';

/** The words for roles, on the command line. */
export const roles = { admin: KeyRole.ADMIN, operator: KeyRole.OPERATOR, 'read-only': KeyRole.READ_ONLY } as const;

/** Options of `muster keys create`. */
export interface CreateOptions extends OwnerOptions, MintOptions {
  readonly role: keyof typeof roles;
  readonly lifetime?: { readonly seconds: bigint };
  readonly neverExpires?: string;
  readonly bindTeam?: string;
  readonly bindHost?: string;
  readonly requestId?: string;
}

/** Mints a key, and shows its secret once. */
export async function createKey(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { role, lifetime, neverExpires = '', bindTeam = '', bindHost, requestId = '' } = options;
  const answer = await mint(session, options, async (dryRun) =>
    session.keys.createApiKey({
      name,
      teamId: await teamOf(session, options),
      role: roles[role],
      lifetime,
      noExpiryReason: neverExpires,
      boundTeamId: bindTeam,
      boundHostId: bindHost === undefined ? '' : await hostIdOf(session, bindHost),
      requestId,
      dryRun,
    }),
  );
  if (session.json || !answer.key) return printJson(session.stdout, CreateApiKeyResponseSchema, answer);
  if (options.dryRun) session.stderr.write('This would be made:\n\n');
  printFacts(options.dryRun ? session.stdout : session.stderr, factsOf(answer.key));
  if (!options.dryRun) showSecret(session, answer.secret, options);
}
