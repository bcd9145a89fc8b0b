import type { Secret } from '#contract/secret.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import type { Credential } from '../git/credential.ts';
import { makeWebhookSecret, webhookSecretName } from '../webhooks/secret.ts';
import { writeWebhookSecret } from '../webhooks/store.ts';
import { keepCredential } from './credential.ts';
import type { ForgeName } from './forge.ts';
import { checkAddress } from './register.ts';
import { findRepository, lockRepository, moveRepository, writeForgeKind, writeRequireProvenance } from './store.ts';

export interface RepositoryChange {
  /** As it is where empty. */
  readonly url: string;
  /** As it is where empty. */
  readonly branch: string;
  readonly credential: Credential | 'remove' | undefined;
  readonly webhook: 'create' | 'remove' | undefined;
  /** As it is where undefined. */
  readonly requireProvenance: boolean | undefined;
  /** As it is where undefined; null: that is found out. */
  readonly forgeKind: ForgeName | null | undefined;
}

/** Changes a repository. Answers the webhook's secret where one was made. */
export async function updateRepository(
  context: Context,
  id: string,
  change: RepositoryChange,
): Promise<Secret | undefined> {
  const present = await findRepository(context.sql, id);
  if (!present) throw notFound('repository');
  const wanted = await checkAddress(context, {
    name: present.name,
    url: change.url || present.url,
    branch: change.branch || present.branch,
  });
  const secret = change.webhook === 'create' ? makeWebhookSecret() : undefined;
  await context.transaction(async (sql) => {
    const before = await findRepository(sql, id);
    if (!before || !(await lockRepository(sql, before))) throw notFound('repository');
    const moved = before.url !== wanted.url || before.branch !== wanted.branch;
    if (moved) await moveRepository(sql, id, wanted);
    // A credential of one host is not shown to another.
    const leaves = URL.parse(before.url)?.host !== URL.parse(wanted.url)?.host;
    if (change.credential || leaves) {
      const credential = change.credential === 'remove' ? undefined : change.credential;
      await keepCredential(context, sql, { id, url: wanted.url }, credential);
    }
    if (change.webhook) {
      const { seal } = context.installation;
      await writeWebhookSecret(sql, id, secret ? seal(webhookSecretName(id), Buffer.from(secret.reveal())) : null);
    }
    if (change.requireProvenance !== undefined) await writeRequireProvenance(sql, id, change.requireProvenance);
    if (change.forgeKind !== undefined) await writeForgeKind(sql, id, change.forgeKind);
    await recordAudit(sql, context, {
      action: 'repository.update',
      target: id,
      before: { url: before.url, branch: before.branch, credential: before.credentialKind },
      after: {
        url: wanted.url,
        branch: wanted.branch,
        ...(change.credential && { credential: change.credential === 'remove' ? null : change.credential.kind }),
        ...(change.webhook && { webhook: change.webhook }),
        ...(change.requireProvenance !== undefined && { requireProvenance: change.requireProvenance }),
        ...(change.forgeKind !== undefined && { forgeKind: change.forgeKind }),
      },
    });
    await announce(sql, 'repository', [id]);
  });
  return secret;
}
