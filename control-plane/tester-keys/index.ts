import { announce } from '../events/index.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { Loop } from '../loops/index.ts';
import type { GroupHands } from '../settings/index.ts';
import { deliverKeys } from './delivery/deliver.ts';
import { tendTokens } from './gateway-token.ts';
import { tendMinted } from './minting/tend.ts';
import { removeKeysOfEndedTeams } from './seed.ts';

export { keysOfTeams } from './delivery/deliver.ts';
export { ownKeyMethods, testerKeyRoutes } from './rpc.ts';
export { removeKeys, seedKeys, type Holder } from './seed.ts';

/** Somebody changed how a provider is set up: whoever has keys there is looked at. */
export const providerChanged: GroupHands['changed'] = (sql) => announce(sql, 'keyring', ['*']);

/** What the keys of testers do by themselves. */
export const testerKeyLoops = (calls: HostCalls): readonly Loop[] => [
  {
    name: 'tester_keys.tend',
    everyMs: 60_000,
    wakeOn: ['keyring'],
    singleton: true,
    async run(context) {
      const ended = await removeKeysOfEndedTeams(context);
      return { ended, ...(await tendTokens(context)) };
    },
  },
  {
    name: 'tester_keys.mint',
    everyMs: 60_000,
    wakeOn: ['keyring'],
    singleton: true,
    run: tendMinted,
  },
  {
    name: 'tester_keys.deliver',
    everyMs: 30_000,
    wakeOn: ['keyring', 'connection'],
    singleton: true,
    run: (context) => deliverKeys(context, calls),
  },
];
