import { randomUUID } from 'node:crypto';
import { BadLayer, NoSuchLayer, readTree, WrongOffset, type LayerShelf } from '../layers/index.ts';
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
  isInUse: (digest: string) => boolean,
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
    build: (source, tell, signal) =>
      shelf.inWorkshop(randomUUID(), async (workshop) => {
        try {
          const root = await buildRoot(source, { ...workshop, tell, signal });
          tell('Making a layer of it', 80);
          return await shelf.makeFromTree(randomUUID(), root);
        } catch (error) {
          if (error instanceof CannotBuild) throw new SandboxError('wrong_state', error.message, { cause: error });
          const said = error instanceof Error ? error.message : String(error);
          throw new SandboxError('runtime_failed', `The template could not be built: ${said}`, { cause: error });
        }
      }),
    async remove(digest) {
      if (isInUse(digest)) throw new SandboxError('wrong_state', 'A sandbox on this host stands on this layer.');
      await shelf.remove(digest);
    },
  };
}

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
