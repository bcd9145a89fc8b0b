import type { Context } from '../context.ts';
import {
  apiKeyOf,
  assistantProviders,
  baseUrlOf,
  gatewayOf,
  managementKeyOf,
  readSecretStates,
  settingValues,
  type SecretState,
} from '../settings/index.ts';
import type { ProviderSetup, TeamKeys } from './keyring.ts';
import { mintedKeyName, ownKeyName, tokenName } from './names.ts';
import { listMinted, readKeyrings } from './store.ts';

type Reader = Pick<Context, 'sql' | 'config'>;

/** How every provider is set up at this moment. */
export async function readProviders(context: Reader): Promise<ProviderSetup[]> {
  const [values, states] = await Promise.all([
    settingValues(
      context,
      assistantProviders.flatMap((provider) => [gatewayOf(provider), baseUrlOf(provider)]),
    ),
    readStates(
      context,
      assistantProviders.flatMap((provider) => [apiKeyOf(provider), managementKeyOf(provider)]),
    ),
  ]);
  return assistantProviders.map((provider) => ({
    provider,
    baseUrl: values[baseUrlOf(provider)] ?? '',
    gatewayLeadsHere: values[gatewayOf(provider)] === 'on',
    shared: states.get(apiKeyOf(provider)),
    mints: provider.minting !== undefined && states.get(managementKeyOf(provider)) !== undefined,
  }));
}

/** All that is known of the keys of these teams, in a fixed number of statements; of all that have any where none is named. */
export async function readTeamKeys(context: Reader, named?: readonly string[]): Promise<TeamKeys[]> {
  const [setups, keyrings] = await Promise.all([readProviders(context), readKeyrings(context.sql, named)]);
  const teamIds = named ?? keyrings.map(({ teamId }) => teamId);
  const minted = await listMinted(context.sql, teamIds);
  const states = await readStates(context, [
    ...teamIds.flatMap((teamId) => [
      tokenName(teamId),
      ...assistantProviders.map(({ name }) => ownKeyName(teamId, name)),
    ]),
    ...minted.map(({ id }) => mintedKeyName(id)),
  ]);
  const byTeam = Map.groupBy(minted, ({ teamId }) => teamId);
  return teamIds.map((teamId) => ({
    teamId,
    keyring: keyrings.find((keyring) => keyring.teamId === teamId),
    token: states.get(tokenName(teamId)),
    providers: setups.map((setup) => {
      const { name } = setup.provider;
      const its = (byTeam.get(teamId) ?? []).filter(({ provider }) => provider === name);
      const live = its.find(({ state, isExpired }) => state === 'live' && !isExpired);
      return {
        ...setup,
        own: states.get(ownKeyName(teamId, name)),
        ownVersion: states.versions.get(ownKeyName(teamId, name)) ?? 0,
        live,
        liveSecret: live && states.get(mintedKeyName(live.id)),
        wanted: its.find(({ state }) => state === 'wanted'),
        earlier: its.filter(({ state, isExpired }) => state === 'replaced' && !isExpired).length,
      };
    }),
  }));
}

/** Those that are set, by name, and the versions of all that ever were. */
async function readStates({ sql }: Reader, names: readonly string[]) {
  const states = await readSecretStates(sql, names);
  const set = new Map(states.filter((state) => state.set).map((state) => [state.name, state]));
  return {
    get: (name: string): SecretState | undefined => set.get(name),
    versions: new Map(states.map(({ name, version }) => [name, version])),
  };
}
