import type { ConnectRouter } from '@connectrpc/connect';
import type { GroupHands, Hands } from './hands.ts';
import { providers } from './registry/providers.ts';
import { providerHands } from './providers/try-key.ts';
import { settingsRoutes } from './rpc.ts';

export { checkedToken } from './check.ts';
export { changedMeanwhile } from './changed-meanwhile.ts';
export type { GroupHands, TestResult } from './hands.ts';
export { forgetSecrets, keepSecret } from './secrets/keep.ts';
export { resealSecrets } from './secrets/reseal.ts';
export { noteUse, readSecret, type UsableSecret } from './secrets/use.ts';
export { readSecretStates, type SecretState } from './secrets/store.ts';
export { settingValues } from './values.ts';
export { defaultProviderSetting } from './registry/gateway.ts';
export {
  apiKeyOf,
  baseUrlOf,
  gatewayOf,
  managementKeyOf,
  mintLimitOf,
  mintPeriodOf,
  providers as assistantProviders,
  type Provider,
} from './registry/providers.ts';

/**
 * The routes, with what the features that use groups of settings do for them. Assistant providers are looked after here;
 * whoever hands their keys on is told of changes.
 */
export const openSettings =
  (hands: Hands, providerChanged?: GroupHands['changed']) =>
  (router: ConnectRouter): void =>
    settingsRoutes(router, {
      ...hands,
      ...Object.fromEntries(providers.map((provider) => [provider.name, providerHands(provider, providerChanged)])),
    });
