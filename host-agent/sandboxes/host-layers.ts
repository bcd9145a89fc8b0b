import { randomUUID } from 'node:crypto';
import { BadLayer, LargerThan, NoSuchLayer, readTree, WrongOffset, type LayerShelf } from '../layers/index.ts';
import { buildRoot, CannotBuild } from '../templates/index.ts';
import type { Ground } from './ground.ts';
import type { TemplateShelf } from './template-shelf.ts';
import { SandboxError, type HostLayers } from './types.ts';

/** Where sandboxes find what they stand on: templates of this machine, and layers that were made here or have come. */
export function layersOn(shelf: LayerShelf, templates: TemplateShelf): Pick<Ground, 'rootsOf' | 'digestOf'> {
  const rootOf = async (digest: string): Promise<string> => {
    const template = templates.withDigest(digest);
    return template ? template.root : refusing(() => shelf.rootOf(digest));
  };
  return {
    rootsOf: (layers) => Promise.all(layers.map(rootOf)),
    digestOf: async (template) => (await templates.get(template)).digest,
  };
}

/** What the control plane does with layers. */
export function hostLayers(
  shelf: LayerShelf,
  templates: TemplateShelf,
  { isInUse, templateMib }: { readonly isInUse: (digest: string) => boolean; readonly templateMib: number },
): HostLayers {
  return {
    prepare: async (digest) =>
      templates.withDigest(digest) ? { ready: true, receivedBytes: 0 } : refusing(() => shelf.prepare(digest)),
    async *read(digest, offset) {
      const template = templates.withDigest(digest);
      if (template) {
        yield* readTree(template.root, offset);
        return;
      }
      try {
        yield* shelf.read(digest, offset);
      } catch (error) {
        throw refusalOf(error);
      }
    },
    receive: (begin, chunks) => refusing(() => shelf.receive(begin, chunks)),
    async build(source, tell, signal) {
      // An image is there packed and unpacked. What others need of the disk stays free.
      const sizeMib = Math.min(2 * templateMib, Math.floor((await shelf.freeMib()) / 2));
      return shelf.inWorkshop(randomUUID(), sizeMib, async (workshop) => {
        const { bench } = workshop;
        try {
          const root = await buildRoot(source, { ...workshop, tell, signal });
          tell('Making a layer of it', 80);
          return await shelf.makeFromTree(randomUUID(), root, { enter: bench.enter, mostMib: templateMib });
        } catch (error) {
          if (error instanceof CannotBuild) throw new SandboxError('wrong_state', error.message, { cause: error });
          const isTooLarge = error instanceof LargerThan || (!signal.aborted && (await bench.wasFull()));
          const said = isTooLarge ? tooLarge(templateMib, sizeMib) : messageOf(error);
          throw new SandboxError('runtime_failed', `The template could not be built: ${said}`, { cause: error });
        }
      });
    },
    async remove(digest) {
      if (isInUse(digest)) throw new SandboxError('wrong_state', 'A sandbox on this host stands on this layer.');
      await shelf.remove(digest);
    },
  };
}

/** Bytes, or files. */
const tooLarge = (templateMib: number, sizeMib: number): string =>
  sizeMib < templateMib
    ? `unpacked it takes more than this host can spare of its disk (${sizeMib} MiB): make it smaller, or free space there.`
    : `unpacked it takes more than the ${templateMib} MiB that templates may have here: make it smaller, or let the host take more (MUSTER_AGENT_TEMPLATE_MIB).`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function refusing<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof BadLayer) return new SandboxError('bad_layer', error.message, { cause: error });
  if (error instanceof NoSuchLayer) return new SandboxError('template_missing', error.message, { cause: error });
  if (error instanceof WrongOffset) return new SandboxError('wrong_state', error.message, { cause: error });
  return error;
}
