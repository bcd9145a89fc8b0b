import { Code } from '@connectrpc/connect';
import { Secret } from '#contract/secret.ts';
import { anonymous } from '../../access/index.ts';
import { makeContext, type Services } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { spend } from '../../limits/index.ts';
import type { Bridge, BridgeRequest } from '../../server/bridge.ts';
import { answerText, type NodeRequest } from '../../server/http-types.ts';
import type { Trigger } from '../repositories/methods.ts';
import { webhookSecretName } from './secret.ts';
import { deliveryOf, isSigned } from './signature.ts';
import { readWebhookSecret, recordDelivery, recordRefusedDelivery } from './store.ts';

const address = /^\/webhooks\/(repo[0-9a-z]{12,})$/;
/** Pushes of forges are smaller; of what is larger, the next poll tells. */
const mostBytes = 2 * 1024 * 1024;

class TooLarge extends Error {}

/** Where forges tell of pushes. Nothing of what they say is believed: a signed delivery is the reason to fetch, no more. */
export function webhookBridge(services: Services, trigger: Trigger): Bridge {
  return {
    matches: (path) => address.test(path),
    async serve({ request, response, path, origin, log }: BridgeRequest) {
      const say = (status: number, text: string) => {
        // What was not read to its end cannot be followed by another request.
        if (!request.complete && request.httpVersionMajor === 1) response.setHeader('connection', 'close');
        answerText(response, status, text, { 'cache-control': 'no-store' });
      };
      const signal = AbortSignal.timeout(30_000);
      const context = makeContext(services, { caller: anonymous, origin, signal });
      const id = address.exec(path)?.[1] ?? '';
      try {
        if (request.method !== 'POST') return say(405, 'Send a POST.');
        if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw new TooLarge();
        await spend(context, 'webhook');
        const sealed = await readWebhookSecret(context.sql, id);
        if (!sealed) return say(404, 'There is no webhook at this address.');
        const body = await readBody(request, signal);
        const delivery = deliveryOf(request);
        const secret = new Secret(services.installation.unseal(webhookSecretName(id), sealed).toString());
        if (!isSigned(delivery, body, secret)) {
          await recordRefusedDelivery(context.sql, id);
          log.warn({ repositoryId: id, address: origin.address }, 'a webhook delivery has a wrong signature');
          return say(403, 'The signature is not that of this webhook: give the forge its secret again.');
        }
        if (!delivery.id) return say(400, 'The delivery names no id.');
        if (!(await recordDelivery(context.sql, id, delivery))) return say(200, 'This delivery was taken before.');
        // Whoever sets it up waits for the first one on the repository's page.
        await announce(context.sql, 'repository', [id]);
        if (delivery.event !== 'push') return say(200, 'Heard. Only pushes lead to anything.');
        trigger({ id }, 'webhook');
        return say(202, 'The repository is fetched.');
      } catch (error) {
        if (error instanceof TooLarge) return say(413, 'The delivery is larger than 2 MiB.');
        if (error instanceof Refusal && error.code === Code.ResourceExhausted) return say(429, 'Too many deliveries.');
        if (request.destroyed || signal.aborted) return void response.destroy();
        throw error;
      }
    },
  };
}

async function readBody(request: NodeRequest, signal: AbortSignal): Promise<Buffer> {
  const stop = () => request.destroy();
  signal.addEventListener('abort', stop);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      // no encoding is set: chunks are buffers
      size += chunk.length;
      if (size > mostBytes) throw new TooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
