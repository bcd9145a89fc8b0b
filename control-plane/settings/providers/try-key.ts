import type { Context } from '../../context.ts';
import { callOut, OutgoingFailure, type OutgoingAnswer } from '../../outgoing/index.ts';
import type { GroupHands, TestResult } from '../hands.ts';
import { apiKeyOf, baseUrlOf, managementKeyOf, type Provider } from '../registry/providers.ts';
import { readSecretStates } from '../secrets/store.ts';
import { noteUse, readSecret } from '../secrets/use.ts';
import { settingValues } from '../values.ts';

/** What can be done with the settings of a provider. */
export const providerHands = (provider: Provider, changed?: GroupHands['changed']): GroupHands => ({
  ...(changed && { changed }),
  async standing({ sql }) {
    const states = await readSecretStates(sql, [apiKeyOf(provider), managementKeyOf(provider)]);
    const stateOf = (name: string) => states.find((state) => state.name === name && state.set);
    const [shared, management] = [stateOf(apiKeyOf(provider)), stateOf(managementKeyOf(provider))];
    const trouble = management?.lastError || shared?.lastError;
    if (trouble) return { ready: false, sentence: trouble };
    if (management) return { ready: true, sentence: 'Each tester gets a capped key of their own.' };
    if (shared) return { ready: true, sentence: 'New testers get its key.' };
    return { ready: false, sentence: 'No key: testers bring their own.' };
  },
  async test(context) {
    const results = [];
    for (const tried of triesOf(provider)) results.push(await tryKey(context, provider, tried));
    const told = results.filter((result) => result !== undefined);
    if (told.length === 0) return { ok: false, sentence: 'There is no key to try: enter one first.' };
    return { ok: told.every(({ ok }) => ok), sentence: told.map(({ sentence }) => sentence).join(' ') };
  },
});

/** A secret of a provider, and what costs nothing there and is answered only with it. */
interface Try {
  readonly name: string;
  /** For people. */
  readonly what: string;
  readonly with: Provider['tryWith'];
}

const triesOf = (provider: Provider): readonly Try[] => [
  { name: apiKeyOf(provider), what: 'key', with: provider.tryWith },
  ...(provider.minting
    ? [{ name: managementKeyOf(provider), what: 'management key', with: { path: 'keys' } } as const]
    : []),
];

/** Asks a provider whether it takes a key that is saved; nothing where none is. */
async function tryKey(context: Context, provider: Provider, tried: Try): Promise<TestResult | undefined> {
  const key = await readSecret(context, tried.name);
  if (!key) return undefined;
  const { [baseUrlOf(provider)]: baseUrl = '' } = await settingValues(context, [baseUrlOf(provider)]);
  const completion = tried.with === 'empty_completion';
  const result = await callOut(context, {
    method: completion ? 'POST' : 'GET',
    url: new URL(`${baseUrl}/${tried.with === 'empty_completion' ? 'chat/completions' : tried.with.path}`),
    headers: {
      authorization: `Bearer ${key.value.reveal()}`,
      accept: 'application/json',
      ...(completion && { 'content-type': 'application/json' }),
    },
    body: completion ? '{"messages":[]}' : undefined,
    timeoutMs: context.config.outgoingTimeoutMs,
  }).then(
    (answer) => judge(provider, tried, answer),
    (error: unknown) => {
      if (!(error instanceof OutgoingFailure)) throw error;
      return { ok: false, sentence: `${provider.title}: ${error.message}` };
    },
  );
  await noteUse(context, key, result.ok ? '' : result.sentence);
  return result;
}

/** Reads an answer. None of its words is passed on: services like to repeat what they were given. */
function judge(
  { title, keysAt, minting }: Provider,
  { what, with: tryWith }: Try,
  { status, body }: OutgoingAnswer,
): TestResult {
  const taken = { ok: true, sentence: `${title} takes the ${what}.` };
  const madeAt = what === 'key' ? keysAt : (minting?.keysAt ?? keysAt);
  const no = (sentence: string) => ({ ok: false, sentence });
  if (status === 401 || status === 403)
    return no(`${title} does not take the ${what}: make another one at ${madeAt}, and enter that.`);
  if (status === 402) return no(`${title} takes the key, but there is no credit left on its account: top it up there.`);
  if (status === 429)
    return no(`${title} takes no more requests with this key for now: wait, or raise its limit there.`);
  if (status >= 500)
    return no(`${title} has trouble of its own (${status}) and did not look at the key: try again later.`);
  const expected = tryWith === 'empty_completion' ? [400, 404, 422] : [200];
  if (expected.includes(status) && isJsonObject(body)) return taken;
  return no(`What answers at the base URL is not the API of ${title} (${status}): check that address.`);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
