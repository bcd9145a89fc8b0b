import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseRecipe } from './base.ts';
import { buildTemplate } from './build.ts';
import type { Recipe } from './recipe.ts';

/** A template that is ready on this machine. */
export interface Template {
  readonly name: string;
  /** `sha256:…` of what it is made of. */
  readonly digest: string;
  /** Its root file system. Never written to. */
  readonly root: string;
}

/** The templates in a cache directory, shared by the agents of a machine. */
export interface Templates {
  /** All that are ready. */
  list(): Promise<Template[]>;
  /** Also those that a later recipe has replaced: what was made from them stands on them. */
  versions(): Promise<Template[]>;
  /** One that is ready; undefined for others. */
  find(name: string): Promise<Template | undefined>;
  /** Makes one ready. Idempotent; several agents may ask at once. Throws for a name that it does not know how to make. */
  prepare(
    name: string,
    onProgress: (message: string, percent: number) => void,
    signal?: AbortSignal,
  ): Promise<Template>;
}

const recipes: Readonly<Record<string, () => Promise<Recipe>>> = { base: baseRecipe };

/** Nobody knows how to make a template of this name. */
export class UnknownTemplate extends Error {
  override readonly name = 'UnknownTemplate';
}

export function openTemplates(cacheDir: string): Templates {
  const directory = join(cacheDir, 'templates');
  const versionDirectory = async (recipe: Recipe) =>
    // Another way to make it is another version; the repositories that it is made from are not.
    join(
      directory,
      recipe.name,
      createHash('sha256').update(JSON.stringify(recipe.command)).digest('hex').slice(0, 16),
    );

  const find = async (name: string): Promise<Template | undefined> => {
    const recipe = Object.hasOwn(recipes, name) ? await recipes[name]?.() : undefined;
    return recipe && readTemplate(await versionDirectory(recipe));
  };
  return {
    find,
    async list() {
      const names = await readdir(directory).catch(() => []);
      const found = await Promise.all(names.map(find));
      return found.filter((template) => template !== undefined);
    },
    async versions() {
      const made = await Promise.all(
        Object.keys(recipes).map(async (name) => {
          const names = await readdir(join(directory, name)).catch(() => []);
          return Promise.all(
            names
              .filter((version) => !version.includes('.'))
              .map((version) => readTemplate(join(directory, name, version))),
          );
        }),
      );
      return made.flat().filter((template) => template !== undefined);
    },
    async prepare(name, onProgress, signal) {
      const recipe = Object.hasOwn(recipes, name) ? await recipes[name]?.() : undefined;
      if (!recipe)
        throw new UnknownTemplate(`There is no template ${name}: choose one of ${Object.keys(recipes).join(', ')}.`);
      const target = await versionDirectory(recipe);
      const ready = await readTemplate(target);
      if (ready) return ready;
      await mkdir(join(directory, name), { recursive: true });
      await buildTemplate(recipe, { target, lock: join(directory, `.${name}.lock`), onProgress, signal });
      const made = await readTemplate(target);
      if (!made) throw new Error(`The template ${name} was built, but ${target} is not there.`);
      return made;
    },
  };
}

async function readTemplate(directory: string): Promise<Template | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, 'template.json'), 'utf8');
  } catch {
    return undefined; // not made yet
  }
  const { name, digest } = JSON.parse(text) as { name: string; digest: string }; // our own file, moved into place whole
  return { name, digest, root: join(directory, 'root') };
}
