import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { authorize, type Action } from '../access/index.ts';
import type { Context } from '../context.ts';
import { invalidField } from '../errors.ts';
import { budgetToProto, listUses, readBudget, useToProto } from '../gateway/index.ts';
import type { Provider } from '../settings/index.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { readDelivery } from './delivery/read.ts';
import { clearOwnKey, providerNamed, setOwnKey } from './own-key.ts';
import { readTeamKeys } from './read.ts';
import { rotateMinted } from './minting/rotate.ts';
import { listMinted } from './store.ts';
import { keyToProto, spendingToProto } from './to-proto.ts';
import { keysFile } from './variables.ts';

const defaultDays = 30;

type OwnKeyMethods = Pick<ServiceImpl<typeof TesterKeyService>, 'setProviderKey' | 'clearProviderKey' | 'getUsage'>;

/** What TesterService offers under the same names. */
export const ownKeyMethods: OwnKeyMethods = {
  async setProviderKey({ teamId: asked, provider: name, value, version }, { values }) {
    const context = values.get(requestContext);
    const teamId = await teamFor(context, asked, 'provider_key.change');
    const provider = providerNamed(name);
    await setOwnKey(context, { teamId, provider, value, version: Number(version) });
    return { key: await present(context, teamId, provider) };
  },

  async clearProviderKey({ teamId: asked, provider: name, version }, { values }) {
    const context = values.get(requestContext);
    const teamId = await teamFor(context, asked, 'provider_key.change');
    const provider = providerNamed(name);
    await clearOwnKey(context, { teamId, provider, version: Number(version) });
    return { key: await present(context, teamId, provider) };
  },

  async getUsage({ teamId: asked, days }, { values }) {
    const context = values.get(requestContext);
    const teamId = await teamFor(context, asked, 'provider_key.read');
    const [uses, minted, [keys]] = await Promise.all([
      listUses(context.sql, { teamId, days: days || defaultDays }),
      listMinted(context.sql, [teamId]),
      readTeamKeys(context, [teamId]),
    ]);
    const { holderId, tokenId } = keys?.keyring ?? {};
    const budget = holderId && tokenId ? await readBudget(context.sql, holderId) : undefined;
    const spending = (keys?.providers ?? []).flatMap((at) => {
      const its = minted.filter(({ provider, ref }) => provider === at.provider.name && ref !== null);
      return its.length > 0 ? [spendingToProto(at, its)] : [];
    });
    return { uses: uses.map(useToProto), budget: budget && budgetToProto(budget), spending };
  },
};

export function testerKeyRoutes(router: ConnectRouter): void {
  router.service(TesterKeyService, {
    ...ownKeyMethods,

    async listProviderKeys(request, { values }) {
      const context = values.get(requestContext);
      const teamId = await teamFor(context, request.teamId, 'provider_key.read');
      const [[keys], delivery] = await Promise.all([readTeamKeys(context, [teamId]), readDelivery(context, teamId)]);
      return {
        keys: keys?.providers.map((at) => keyToProto(keys, at, context.caller)) ?? [],
        isSeeded: keys?.keyring?.holderId !== undefined && keys.keyring.holderId !== null,
        delivery,
        file: keysFile,
      };
    },

    async rotateProviderKey({ teamId: asked, provider: name }, { values }) {
      const context = values.get(requestContext);
      const teamId = await teamFor(context, asked, 'provider_key.change');
      const provider = providerNamed(name);
      await rotateMinted(context, teamId, provider);
      return { key: await present(context, teamId, provider) };
    },
  });
}

/** The team that is meant, where the caller may do this in it. */
async function teamFor(context: Context, asked: string, action: Action): Promise<string> {
  const { caller } = context;
  const teamId = asked || ('activeTeamId' in caller ? caller.activeTeamId : undefined);
  if (!teamId) throw invalidField('team_id', 'Name the team, because you have no active one.');
  await visibleTeam(context, teamId);
  authorize(caller, action, { teamId });
  return teamId;
}

async function present(context: Context, teamId: string, provider: Provider) {
  const [keys] = await readTeamKeys(context, [teamId]);
  const at = keys?.providers.find((one) => one.provider.name === provider.name);
  return keys && at && keyToProto(keys, at, context.caller);
}
