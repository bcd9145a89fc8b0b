import type { Context } from '../context.ts';
import type { OutgoingConnections } from '../outgoing/index.ts';
import { askProvider, garbage } from './ask-provider.ts';
import { isObject, parseObject } from './asked.ts';
import { GatewayFailure } from './failure.ts';
import { openProviders, type OpenProvider } from './provider.ts';
import { readWhole } from './read-whole.ts';

const mostBytes = 8 * 1024 * 1024;

/** Every model of every provider that the gateway leads to, by the name that the gateway takes. What one provider cannot say now is left out. */
export async function listModels(context: Context, connections: OutgoingConnections): Promise<string> {
  const providers = await openProviders(context);
  const asked = await Promise.allSettled(providers.map((provider) => modelsOf(context, provider, connections)));
  for (const one of asked) if (one.status === 'rejected' && !(one.reason instanceof GatewayFailure)) throw one.reason;
  const [failed] = asked.filter((one) => one.status === 'rejected');
  if (failed && asked.every((one) => one.status === 'rejected')) throw failed.reason;
  const data = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return JSON.stringify({ object: 'list', data });
}

async function modelsOf(context: Context, provider: OpenProvider, connections: OutgoingConnections) {
  const request = { method: 'GET', path: 'models', accept: 'application/json' } as const;
  const answer = await askProvider(context, provider, request, connections);
  try {
    const bytes = await readWhole(answer, { mostBytes, silentMs: context.config.gatewaySilenceMs }).catch(
      (error: unknown) => {
        throw new GatewayFailure(502, 'provider_failed', `${provider.title} broke off its list of models.`, {
          cause: error,
        });
      },
    );
    const models = parseObject(bytes.toString())?.['data'];
    if (!Array.isArray(models)) throw garbage(provider.title);
    return models.flatMap((model) => {
      if (!isObject(model) || typeof model['id'] !== 'string') return [];
      return [{ ...model, object: 'model', id: `${provider.name}/${model['id']}` }];
    });
  } finally {
    answer.destroy();
  }
}
