import type { Resealing } from '../../installation/index.ts';
import { webhookSecretName } from '../webhooks/secret.ts';
import { credentialName } from './credential.ts';
import { lockSealedRepositories, resealRepository } from './store.ts';

/** Seals credentials and webhook secrets of repositories anew, for another master key. */
export const resealRepositories: Resealing = async (sql, { reseal }) => {
  const repositories = await lockSealedRepositories(sql);
  for (const { id, credential, webhookSecret } of repositories)
    await resealRepository(sql, id, {
      credential: credential && reseal(credentialName(id), credential),
      webhookSecret: webhookSecret && reseal(webhookSecretName(id), webhookSecret),
    });
  return repositories.length;
};
