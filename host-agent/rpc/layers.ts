import type { ServiceImpl } from '@connectrpc/connect';
import type { HostAgentService, WriteLayerRequest } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { SandboxError, type Sandboxes } from '../sandboxes/index.ts';
import { toWireError } from './errors.ts';

type Handlers = Pick<
  ServiceImpl<typeof HostAgentService>,
  'snapshotSandbox' | 'prepareLayer' | 'readLayer' | 'writeLayer' | 'deleteLayer'
>;

/** Snapshots, and the layers that they become. */
export function layerHandlers(context: Context, sandboxes: Sandboxes): Handlers {
  const { layers } = sandboxes;
  const refusing = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      throw toWireError(context, error);
    }
  };
  return {
    snapshotSandbox: ({ sandboxId, attempt, snapshotId }) =>
      refusing(async () => {
        const made = await sandboxes.snapshot(sandboxId, attempt, snapshotId);
        return { layers: [...made.layers], sizeBytes: BigInt(made.sizeBytes) };
      }),

    prepareLayer: ({ digest }) =>
      refusing(async () => {
        const { ready, receivedBytes } = await layers.prepare(digest);
        return { ready, receivedBytes: BigInt(receivedBytes) };
      }),

    async *readLayer({ digest, offset }) {
      try {
        for await (const data of layers.read(digest, Number(offset))) yield { data };
      } catch (error) {
        throw toWireError(context, error);
      }
    },

    writeLayer: (parts) =>
      refusing(async () => {
        const { begin, chunks } = await begun(parts);
        const { digest, sizeBytes, offset } = begin;
        return layers.receive({ digest, sizeBytes: Number(sizeBytes), offset: Number(offset) }, chunks);
      }),

    deleteLayer: ({ digest }) =>
      refusing(async () => {
        await layers.remove(digest);
        return {};
      }),
  };
}

/** The beginning of a transfer, and its bytes as they come. */
async function begun(parts: AsyncIterable<WriteLayerRequest>) {
  const iterator = parts[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done || first.value.part.case !== 'begin')
    throw new SandboxError('wrong_state', 'The first message says what layer comes.');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      if (next.value.part.case === 'data') yield next.value.part.value;
  }
  return { begin: first.value.part.value, chunks: chunks() };
}
