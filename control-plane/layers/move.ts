import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WriteLayerRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable, Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { DigestMismatch, type LayerStore } from '../store/index.ts';
import { findHolders, isStored, markStored, noteOnHost, type Placed } from './store.ts';

/** What moving layers takes. */
export interface Hands {
  readonly calls: HostCalls;
  readonly store: LayerStore;
}

/** Unpacking and looking through a large one takes its time. */
const prepareTimeoutMs = 600_000;
const writeTimeoutMs = 3_600_000;
/** How often somebody is told that it still goes on. */
const tellEveryMs = 10_000;

/** Brings to a host what it lacks of these layers, from the store. Throws a Refusal where that cannot be done. */
export async function bringLayers(
  context: Context,
  { calls, store }: Hands,
  { hostId, layers, stillGoing }: { hostId: string; layers: readonly string[]; stillGoing: () => Promise<void> },
): Promise<void> {
  const ticking = setInterval(() => {
    stillGoing().catch((error: unknown) =>
      context.log.debug({ err: error, hostId }, 'an attempt could not be prolonged'),
    );
  }, tellEveryMs);
  try {
    await Promise.all(layers.map((digest) => bringLayer(context, { calls, store }, { digest, hostId })));
  } finally {
    clearInterval(ticking);
  }
}

async function bringLayer(context: Context, { calls, store }: Hands, { digest, hostId }: Placed): Promise<void> {
  const { ready, receivedBytes } = await calls.call(hostId, prepareTimeoutMs, (client, options) =>
    client.prepareLayer({ digest }, options),
  );
  if (ready) return;
  const sizeBytes = (await store.size(digest)) ?? (await fetchAnew(context, { calls, store }, digest));
  const offset = Number(receivedBytes);
  const answer = await calls.call(hostId, writeTimeoutMs, (client, options) =>
    client.writeLayer(parts(store, { digest, sizeBytes, offset }), options),
  );
  if (!answer.ready) throw hostUnreachable('A layer did not come to its host whole.');
  await noteOnHost(context.sql, hostId, [digest]);
  context.log.info({ hostId, digest, sizeBytes, offset }, 'a layer was brought to a host');
}

async function* parts(
  store: LayerStore,
  { digest, sizeBytes, offset }: { digest: string; sizeBytes: number; offset: number },
): AsyncGenerator<MessageInitShape<typeof WriteLayerRequestSchema>> {
  yield { part: { case: 'begin', value: { digest, sizeBytes: BigInt(sizeBytes), offset: BigInt(offset) } } };
  for await (const data of store.read(digest, offset)) yield { part: { case: 'data', value: data } };
}

/** Into a store that lacks it, whatever another replica's has: from any host that gives it. Throws a Refusal where none does. */
async function fetchAnew(context: Context, hands: Hands, digest: string): Promise<number> {
  for (const hostId of await findHolders(context.sql, digest)) {
    try {
      return await fetchLayer(context, hands, { digest, hostId });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.log.info({ digest, hostId, why: error.message }, 'a layer could not be fetched anew');
    }
  }
  if (!(await isStored(context.sql, digest)))
    throw hostUnreachable('What it is made from is on another host only, and not stored yet.');
  context.log.error(
    { digest },
    'the store lacks a layer that another replica has stored: let all share MUSTER_DATA_DIR/layers',
  );
  throw hostUnreachable(
    'What it is made from is in the store of another replica only: all replicas must share MUSTER_DATA_DIR/layers.',
  );
}

/** Fetches a layer from a host into the store, from where it was left off; answers its size. Throws a Refusal where the host goes away. */
export async function fetchLayer(
  context: Context,
  { calls, store }: Hands,
  { digest, hostId }: Placed,
): Promise<number> {
  const sizeBytes = (await store.size(digest)) ?? (await take(context, { calls, store }, { digest, hostId }));
  await markStored(context.sql, digest, sizeBytes);
  context.log.info({ hostId, digest, sizeBytes }, 'a layer was stored');
  return sizeBytes;
}

async function take({ signal }: Context, { calls, store }: Hands, { digest, hostId }: Placed): Promise<number> {
  try {
    return await store.take(digest, (offset) =>
      dataOf(
        calls.stream(
          hostId,
          (client, options) => client.readLayer({ digest, offset: BigInt(offset) }, options),
          signal,
        ),
      ),
    );
  } catch (error) {
    if (error instanceof DigestMismatch) throw hostUnreachable(error.message, error);
    throw error;
  }
}

async function* dataOf(messages: AsyncIterable<{ readonly data: Uint8Array }>): AsyncGenerator<Uint8Array> {
  for await (const { data } of messages) yield data;
}
