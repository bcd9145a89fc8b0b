import type { Context } from '../../context.ts';
import { callOut, OutgoingFailure, type OutgoingAnswer } from '../../outgoing/index.ts';
import type { GroupHands, TestResult } from '../hands.ts';
import { apiKeyOf, baseUrlOf, type Provider } from '../registry/providers.ts';
import { readSecretStates } from '../secrets/store.ts';
import { noteUse, readSecret } from '../secrets/use.ts';
import { settingValues } from '../values.ts';

/** What can be done with the settings of a provider. */
export const providerHands = (provider: Provider, changed?: GroupHands['changed']): GroupHands => ({
  ...(changed && { changed }),
  async standing({ sql }) {
    const [key] = await readSecretStates(sql, [apiKeyOf(provider)]);
    if (!key?.set) return { ready: false, sentence: 'No key: testers bring their own.' };
    return key.lastError
      ? { ready: false, sentence: key.lastError }
      : { ready: true, sentence: 'New testers get its key.' };
  },
  test: (context) => tryKey(context, provider),
});

/** Asks a provider whether it takes the key that is saved. Costs nothing there. */
async function tryKey(context: Context, provider: Provider): Promise<TestResult> {
  const key = await readSecret(context, apiKeyOf(provider));
  if (!key) return { ok: false, sentence: 'There is no key to try: enter one first.' };
  const { [baseUrlOf(provider)]: baseUrl = '' } = await settingValues(context, [baseUrlOf(provider)]);
  const { tryWith, title } = provider;
  const completion = tryWith === 'empty_completion';
  const result = await callOut(context, {
    method: completion ? 'POST' : 'GET',
    url: new URL(`${baseUrl}/${completion ? 'chat/completions' : tryWith.path}`),
    headers: {
      authorization: `Bearer ${key.value.reveal()}`,
      accept: 'application/json',
      ...(completion && { 'content-type': 'application/json' }),
    },
    body: completion ? '{"messages":[]}' : undefined,
    timeoutMs: context.config.outgoingTimeoutMs,
  }).then(
    (answer) => judge(provider, answer),
    (error: unknown) => {
      if (!(error instanceof OutgoingFailure)) throw error;
      return { ok: false, sentence: `${title}: ${error.message}` };
    },
  );
  await noteUse(context, key, result.ok ? '' : result.sentence);
  return result;
}

/** Reads an answer. None of its words is passed on: services like to repeat what they were given. */
function judge({ title, tryWith, keysAt }: Provider, { status, body }: OutgoingAnswer): TestResult {
  const taken = { ok: true, sentence: `${title} takes the key.` };
  const no = (sentence: string) => ({ ok: false, sentence });
  if (status === 401 || status === 403)
    return no(`${title} does not take the key: make another one at ${keysAt}, and enter that.`);
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
