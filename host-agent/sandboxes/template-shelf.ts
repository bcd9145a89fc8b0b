import { type Template, type Templates, UnknownTemplate } from '../templates/index.ts';
import { SandboxError, type Sandboxes } from './types.ts';

/** The templates that are ready here, known by heart: the way to a sandbox must not read the disk for them. */
export class TemplateShelf {
  readonly #templates: Templates;
  readonly #ready = new Map<string, Template>();
  readonly #byDigest = new Map<string, Template>();

  private constructor(templates: Templates) {
    this.#templates = templates;
  }

  static async open(templates: Templates): Promise<TemplateShelf> {
    const shelf = new TemplateShelf(templates);
    for (const template of await templates.versions()) shelf.#byDigest.set(template.digest, template);
    for (const template of await templates.list()) shelf.#keep(template);
    return shelf;
  }

  get names(): string[] {
    return [...this.#ready.keys()];
  }

  /** The templates themselves. */
  get ready(): readonly Template[] {
    return [...this.#ready.values()];
  }

  /** Digests of all versions that are here. */
  get digests(): string[] {
    return [...this.#byDigest.keys()];
  }

  /** A version of a template, also one that was replaced. */
  withDigest(digest: string): Template | undefined {
    return this.#byDigest.get(digest);
  }

  /** A template. Throws `template_missing`. */
  async get(name: string): Promise<Template> {
    // Another agent of this machine may have made it meanwhile.
    const template = this.#ready.get(name) ?? (await this.#templates.find(name));
    if (!template)
      throw new SandboxError(
        'template_missing',
        `This host has no template ${name}: choose one of those that it lists, or wait until it is prepared.`,
      );
    this.#keep(template);
    return template;
  }

  async prepare(...[name, onProgress, signal]: Parameters<Sandboxes['prepareTemplate']>): Promise<void> {
    try {
      const template = await this.#templates.prepare(
        name,
        (message, percent) => onProgress?.({ template: name, message, percent }),
        signal,
      );
      this.#keep(template);
    } catch (error) {
      if (error instanceof UnknownTemplate) throw new SandboxError('template_missing', error.message, { cause: error });
      throw error;
    }
  }

  #keep(template: Template): void {
    this.#ready.set(template.name, template);
    this.#byDigest.set(template.digest, template);
  }
}
