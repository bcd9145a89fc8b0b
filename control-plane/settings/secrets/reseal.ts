import { Secret } from '#contract/secret.ts';
import type { Resealing } from '../../installation/index.ts';
import { fingerprintOf, sealName } from './keep.ts';
import { lockSealedSecrets, resealSecret } from './store.ts';

/** Seals every secret anew, for another master key. Fingerprints are made under it, and change. */
export const resealSecrets: Resealing = async (sql, { reseal, unseal, mac }) => {
  const secrets = await lockSealedSecrets(sql);
  for (const { name, version, sealed } of secrets) {
    const bound = sealName(name, version);
    const value = new Secret(unseal(bound, sealed).toString());
    await resealSecret(sql, name, reseal(bound, sealed), fingerprintOf({ mac }, value));
  }
  return secrets.length;
};
