import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.ts';

const schema = z.object({
  generation: z.string(),
  sequence: z.string().regex(/^\d{1,19}$/),
  signature: z.hex(),
});

/** How new the control plane's database was, signed by the installation. */
interface Mark {
  readonly generation: string;
  readonly sequence: bigint;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/**
 * The newest state of the control plane's database that this host has seen. It is shown with every call: an older
 * database that was restored is noticed by it. A convenience, no credential: where the file is lost, it begins anew.
 */
export class SeenState {
  readonly #path: string;
  #newest: Mark | undefined;

  private constructor(path: string, newest: Mark | undefined) {
    this.#path = path;
    this.#newest = newest;
  }

  static async open(dataDir: string): Promise<SeenState> {
    const path = join(dataDir, 'seen.json');
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return new SeenState(path, parse(text));
  }

  get newest(): Mark | undefined {
    return this.#newest;
  }

  /** Keeps what is newer than what was seen before; another generation begins anew. */
  async note(mark: { generation: string; sequence: bigint; signature: Uint8Array } | undefined): Promise<void> {
    if (!mark || mark.generation === '') return;
    const before = this.#newest;
    if (before?.generation === mark.generation && before.sequence >= mark.sequence) return;
    const { generation, sequence } = mark;
    this.#newest = { generation, sequence, signature: Uint8Array.from(mark.signature) };
    const signature = Buffer.from(mark.signature).toString('hex');
    await writeAtomically(this.#path, `${JSON.stringify({ generation, sequence: String(sequence), signature })}\n`);
  }
}

function parse(text: string): Mark | undefined {
  try {
    const { generation, sequence, signature } = schema.parse(JSON.parse(text));
    return { generation, sequence: BigInt(sequence), signature: Uint8Array.from(Buffer.from(signature, 'hex')) };
  } catch {
    return undefined; // none yet, or damaged
  }
}
