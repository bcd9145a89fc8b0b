import { Code, ConnectError } from '@connectrpc/connect';
import { backoffMs } from '../live/backoff.ts';
import { toProblem, type Problem } from '../problems/problem.ts';
import { nameOf, type FilePath } from './path.ts';
import { uploadAddress } from './address.ts';
import { giveUp, sendPart, standing } from './send-part.ts';

export type UploadState =
  | { readonly kind: 'waiting' | 'sending' | 'done' | 'canceled' }
  /** The network is gone: it goes on by itself. */
  | { readonly kind: 'retrying' }
  /** Something has that name already; nothing was changed. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** One file on its way into a sandbox. */
export interface Upload {
  readonly number: number;
  readonly sandboxId: string;
  readonly path: FilePath;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
}

type Listener = () => void;

/** What one request carries: small enough that little is sent twice after a break. */
const partBytes = 8 * 1024 * 1024;
/** Browsers share six connections between all tabs. */
const atOnce = 2;
const attempts = 8;

const none: readonly Upload[] = [];

/** The uploads of this page, by sandbox. They go on while one looks at other pages. */
export class Uploads {
  #uploads = new Map<string, readonly Upload[]>();
  #files = new Map<number, File>();
  #controllers = new Map<number, AbortController>();
  #queue: { upload: Upload; replace: boolean }[] = [];
  #running = 0;
  #count = 0;
  #listeners = new Set<Listener>();

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  of = (sandboxId: string): readonly Upload[] => this.#uploads.get(sandboxId) ?? none;

  add(sandboxId: string, path: FilePath, file: File): void {
    const number = (this.#count += 1);
    const upload: Upload = {
      number,
      sandboxId,
      path,
      name: nameOf(path),
      size: file.size,
      sent: 0,
      state: { kind: 'waiting' },
    };
    this.#files.set(number, file);
    this.#uploads.set(sandboxId, [...this.of(sandboxId), upload]);
    this.#enqueue(upload, false);
  }

  /** Tries again what failed; with `replace`, in place of what has that name. */
  again(upload: Upload, replace: boolean): void {
    this.#change(upload, { state: { kind: 'waiting' } });
    this.#enqueue(upload, replace);
  }

  cancel(upload: Upload): void {
    this.#queue = this.#queue.filter((waiting) => waiting.upload.number !== upload.number);
    this.#controllers.get(upload.number)?.abort();
    this.#change(upload, { state: { kind: 'canceled' } });
  }

  /** Forgets those that are over. */
  clear(sandboxId: string): void {
    const open = this.of(sandboxId).filter(({ state }) => isOpen(state));
    for (const { number } of this.of(sandboxId).filter(({ state }) => !isOpen(state))) this.#files.delete(number);
    this.#uploads.set(sandboxId, open);
    this.#tell();
  }

  #enqueue(upload: Upload, replace: boolean): void {
    this.#queue.push({ upload, replace });
    this.#tell();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#running >= atOnce) return;
    this.#running += 1;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      await this.#send(next.upload, next.replace);
    this.#running -= 1;
  }

  async #send(upload: Upload, replace: boolean): Promise<void> {
    const file = this.#files.get(upload.number);
    if (file === undefined) return;
    const controller = new AbortController();
    this.#controllers.set(upload.number, controller);
    const address = uploadAddress(upload.sandboxId, upload.path, { replace, resumable: file.size > partBytes });
    this.#change(upload, { state: { kind: 'sending' }, sent: 0 });
    try {
      await this.#sendParts(upload, file, address, controller.signal);
      this.#change(upload, { state: { kind: 'done' }, sent: file.size });
      this.#files.delete(upload.number);
    } catch (error) {
      if (controller.signal.aborted) return await this.#forget(upload, file, address);
      const taken = ConnectError.from(error).code === Code.AlreadyExists;
      this.#change(upload, { state: taken ? { kind: 'taken' } : { kind: 'failed', problem: toProblem(error) } });
    } finally {
      this.#controllers.delete(upload.number);
    }
  }

  /** What has arrived of a canceled upload would stay in the sandbox, under a hidden name. */
  async #forget({ number }: Upload, file: File, address: string): Promise<void> {
    this.#files.delete(number);
    if (file.size > partBytes) await giveUp(address);
  }

  async #sendParts(upload: Upload, file: File, address: string, signal: AbortSignal): Promise<void> {
    let offset = 0;
    let failures = 0;
    do {
      signal.throwIfAborted(); // canceled while it waited to try again
      const begin = offset;
      try {
        const onProgress = (bytes: number) => this.#change(upload, { state: { kind: 'sending' }, sent: begin + bytes });
        offset = await sendPart(address, file, { offset, length: partBytes }, onProgress, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted || !mayPass(error) || (failures += 1) > attempts) throw error;
        this.#change(upload, { state: { kind: 'retrying' } });
        await new Promise((resolve) => {
          setTimeout(resolve, backoffMs(failures, Math.random()));
          signal.addEventListener('abort', resolve, { once: true });
        });
        if (file.size > partBytes) offset = await standing(address, signal).catch(() => offset);
      }
    } while (offset < file.size);
  }

  #change({ sandboxId, number }: Upload, part: Partial<Upload>): void {
    const change = (upload: Upload) =>
      upload.number === number && upload.state.kind !== 'canceled' ? { ...upload, ...part } : upload;
    this.#uploads.set(sandboxId, this.of(sandboxId).map(change));
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((tell) => tell());
  }
}

export const isOpen = ({ kind }: UploadState): boolean =>
  kind === 'waiting' || kind === 'sending' || kind === 'retrying';

/** Whether sending again may help: the network, a host that is away, an upload that stands elsewhere. */
function mayPass(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.Unknown || code === Code.OutOfRange || code === Code.Aborted;
}
