import { CreateCredentialResponseSchema, CreateIdentityResponseSchema } from '#proto/muster/v1/identity_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { mint, showSecret, type MintOptions } from '../mutation/secret.ts';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { identityIdOf, type TeamOptions } from './find.ts';
import { environments, factsOf, roles, sayWaiting, scopes } from './words.ts';

/** Options of `muster identity create`. */
export interface CreateOptions extends TeamOptions, MintOptions {
  readonly environment: keyof typeof environments;
  readonly role: keyof typeof roles;
  readonly scope: readonly (keyof typeof scopes)[];
  readonly bindHost?: string;
  readonly lifetime?: { readonly seconds: bigint };
  readonly requestId?: string;
}

/** Makes an identity with its first credential, and shows its secret once. */
export async function createIdentity(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { team = '', environment, role, scope, bindHost, lifetime, requestId = '', dryRun } = options;
  const answer = await mint(session, options, async (dryRun) =>
    session.identities.createIdentity({
      teamId: team,
      name,
      environment: environments[environment],
      role: roles[role],
      scopes: [...new Set(scope)].map((word) => scopes[word]),
      boundHostId: bindHost === undefined ? '' : await hostIdOf(session, bindHost),
      lifetime,
      requestId,
      dryRun,
    }),
  );
  if (session.json) return printJson(session.stdout, CreateIdentityResponseSchema, answer);
  if (answer.approval) return sayWaiting(session, answer.approval, dryRun);
  if (dryRun) session.stderr.write('This would be made:\n\n');
  if (answer.identity) printFacts(dryRun ? session.stdout : session.stderr, factsOf(answer.identity));
  if (!dryRun) showSecret(session, answer.secret, options);
}

/** Options of `muster identity add-credential`. */
export interface CredentialOptions extends TeamOptions, MintOptions {
  readonly lifetime?: { readonly seconds: bigint };
  readonly requestId?: string;
}

/** Gives an identity one more credential, and shows its secret once. */
export async function addCredential(session: Session, nameOrId: string, options: CredentialOptions): Promise<void> {
  const { lifetime, requestId = '' } = options;
  const answer = await mint(session, options, async (dryRun) =>
    session.identities.createCredential({
      identityId: await identityIdOf(session, nameOrId, options),
      lifetime,
      requestId,
      dryRun,
    }),
  );
  if (session.json) return printJson(session.stdout, CreateCredentialResponseSchema, answer);
  if (answer.approval) return sayWaiting(session, answer.approval, options.dryRun);
  if (options.dryRun) return void session.stdout.write(`${nameOrId} would get one more credential.\n`);
  showSecret(session, answer.secret, options);
}
