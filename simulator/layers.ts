import { createHash } from 'node:crypto';
import type { WriteLayerRequest } from '#proto/muster/agent/v1/host_agent_pb.js';

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** The layers of a simulated host, in memory. Every one has the same base. */
export class SimulatedLayers {
  readonly #whole = new Map<string, Buffer>();
  readonly #coming = new Map<string, Buffer>();
  readonly base: string;

  constructor() {
    this.base = this.#add(Buffer.from('base'));
  }

  /** All but the base. */
  get removable(): string[] {
    return [...this.#whole.keys()].filter((digest) => digest !== this.base);
  }

  /** What a snapshot of a sandbox is: so many bytes, always the same for the same snapshot. */
  make(snapshotId: string): { readonly digest: string; readonly sizeBytes: number } {
    const content = Buffer.from(`${snapshotId}\n`.repeat(50_000));
    return { digest: this.#add(content), sizeBytes: content.length };
  }

  prepare(digest: string): { readonly ready: boolean; readonly receivedBytes: bigint } {
    const ready = this.#whole.has(digest);
    return { ready, receivedBytes: ready ? 0n : BigInt(this.#coming.get(digest)?.length ?? 0) };
  }

  *read(digest: string, offset: number): Generator<{ readonly data: Uint8Array }> {
    const rest = (this.#whole.get(digest) ?? Buffer.alloc(0)).subarray(offset);
    for (let at = 0; at < rest.length; at += 65_536) yield { data: rest.subarray(at, at + 65_536) };
  }

  async receive(parts: AsyncIterable<WriteLayerRequest>): Promise<{ readonly ready: boolean }> {
    let digest = '';
    for await (const { part } of parts) {
      if (part.case === 'begin') digest = part.value.digest;
      else if (part.case === 'data')
        this.#coming.set(digest, Buffer.concat([this.#coming.get(digest) ?? Buffer.alloc(0), part.value]));
    }
    const content = this.#coming.get(digest) ?? Buffer.alloc(0);
    if (digestOf(content) !== digest) return { ready: false };
    this.#coming.delete(digest);
    this.#add(content);
    return { ready: true };
  }

  remove(digest: string): void {
    this.#whole.delete(digest);
  }

  #add(content: Buffer): string {
    const digest = digestOf(content);
    this.#whole.set(digest, content);
    return digest;
  }
}
