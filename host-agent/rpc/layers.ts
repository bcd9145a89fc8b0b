import type { ServiceImpl } from '@connectrpc/connect';
import type {
  BuildTemplateRequest,
  HostAgentService,
  WriteLayerRequest,
} from '#proto/muster/agent/v1/host_agent_pb.js';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import { SandboxError, type Sandboxes } from '../sandboxes/index.ts';
import type { TemplateSource } from '../templates/index.ts';
import { toWireError } from './errors.ts';
import { ToldQueue } from './told-queue.ts';

type Handlers = Pick<
  ServiceImpl<typeof HostAgentService>,
  'snapshotSandbox' | 'prepareLayer' | 'readLayer' | 'writeLayer' | 'deleteLayer' | 'buildTemplate'
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

    async *buildTemplate(parts, { signal }) {
      const told = new ToldQueue();
      const parted = parts[Symbol.asyncIterator]();
      const first = await parted.next();
      const building = layers.build(
        sourceFrom(first, parted),
        (message, percent) => told.tell({ message, percent }),
        signal,
      );
      void building.then(
        () => told.end(),
        () => told.end(),
      );
      try {
        for await (const progress of told) yield { event: { case: 'progress', value: progress } } as const;
        yield { event: { case: 'digest', value: await building } } as const;
      } catch (error) {
        throw toWireError(context, error);
      }
    },

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

/** What a template is built from, as its first message says it. */
function sourceFrom(
  first: IteratorResult<BuildTemplateRequest>,
  rest: AsyncIterator<BuildTemplateRequest>,
): TemplateSource {
  const part = first.done ? undefined : first.value.part;
  switch (part?.case) {
    case 'ociImage': {
      const { reference, username, password, insecure } = part.value;
      return { kind: 'oci', reference, username, password: new Secret(password), insecure };
    }
    case 'debianPackages':
      return { kind: 'packages', packages: part.value.packages };
    case 'tarball':
      return { kind: 'tarball', chunks: exactly(Number(part.value.sizeBytes), rest) };
    default:
      throw new SandboxError('wrong_state', 'The first message says what the template is made from.');
  }
}

/** The bytes of a tarball. Throws where fewer came than were announced. */
async function* exactly(sizeBytes: number, parts: AsyncIterator<BuildTemplateRequest>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    if (next.value.part.case !== 'data') continue;
    bytes += next.value.part.value.length;
    yield next.value.part.value;
  }
  if (bytes !== sizeBytes) throw new Error(`${bytes} bytes of ${sizeBytes} came.`);
}
