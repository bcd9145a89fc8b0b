import type { InitLink } from '../init/index.ts';
import { throughDeed, withDeed } from './deed.ts';
import { type FileEntry, knownFrom } from './entry.ts';
import { FileError } from './failures.ts';
import { type FileRequest } from './request.ts';
import { takePieces, type UploadPart } from './upload.ts';

/** What a deed is done to, and as whom. */
export interface Place {
  readonly path: Uint8Array;
  /** User of the sandbox by name or number; root where empty. */
  readonly user: string;
}

/** Mode and owner; undefined and empty for what the deed itself says. */
export interface Permissions {
  readonly mode: number | undefined;
  readonly owner: string;
  readonly group: string;
}

export interface Upload extends Place, Permissions {
  readonly createParents: boolean;
  readonly onlyNew: boolean;
  readonly follow: boolean;
  /** The file that is to be replaced; empty: whatever is there. */
  readonly ifEtag: string;
  /** Empty where it cannot be gone on with. */
  readonly uploadId: string;
  readonly offset: bigint;
  /** Undefined where it is unknown. */
  readonly size: bigint | undefined;
}

export interface Listing {
  readonly entries: readonly FileEntry[];
  /** The path of the last entry, where there is more. */
  readonly next: Buffer | undefined;
}

/** What a file is, then what is in it. */
export type FilePart = { readonly entry: FileEntry } | { readonly bytes: Buffer };

/** A unary call has a minute; who does not come to an end in that is killed before. */
const deedMs = 55_000;
const complete = 0;
const more = 0xffff_ffff;
const parentsFlag = 1;
const onlyNewFlag = 2;
const followFlag = 4;

/**
 * The files of one sandbox, through its init. All that is read of the init is hostile input. Every method throws a
 * FileError for what the sandbox's kernel refuses.
 */
export class SandboxFiles {
  readonly #link: InitLink;

  constructor(link: InitLink) {
    this.#link = link;
  }

  stat({ path, user }: Place, follow: boolean, signal?: AbortSignal): Promise<FileEntry> {
    return this.#one({ deed: 'stat', user, texts: [path, follow], withInput: false }, signal);
  }

  list(
    { path, user }: Place,
    { depth, pageSize, after }: { readonly depth: number; readonly pageSize: number; readonly after: Uint8Array },
    signal?: AbortSignal,
  ): Promise<Listing> {
    const request = { deed: 'list', user, texts: [path, depth, pageSize, after], withInput: false } as const;
    return withDeed(this.#link, { ...request, timeoutMs: deedMs }, signal, async ({ answer, finish }) => {
      const entries: FileEntry[] = [];
      for (;;) {
        const length = await answer.u32();
        if (length === undefined || length === complete || length === more) {
          await finish();
          return { entries, next: length === more ? entries.at(-1)?.path : undefined };
        }
        const entry = await answer.entryOf(length);
        if (!entry || entries.length === pageSize) throw new Error('The sandbox answered more than it was asked for.');
        entries.push(entry);
      }
    });
  }

  read(
    { path, user }: Place,
    {
      offset,
      length,
      noFollow,
    }: { readonly offset: bigint; readonly length: bigint | undefined; readonly noFollow: boolean },
    signal?: AbortSignal,
  ): AsyncGenerator<FilePart> {
    const texts = [path, offset, length ?? '', noFollow];
    return throughDeed(
      this.#link,
      { deed: 'read', user, texts, withInput: false },
      signal,
      async function* ({ answer, finish }): AsyncGenerator<FilePart> {
        const entry = await answer.entry();
        if (entry) yield { entry };
        for (let bytes = entry && (await answer.piece()); bytes; bytes = await answer.piece()) yield { bytes };
        await finish();
      },
    );
  }

  /** Writes what the parts bring. Answers the file where it is in place, and where the upload stands. */
  async write(
    upload: Upload,
    parts: AsyncIterable<UploadPart>,
    signal?: AbortSignal,
  ): Promise<{ readonly entry: FileEntry | undefined; readonly offset: bigint }> {
    const { path, user, mode, owner, group, uploadId, offset, size } = upload;
    const flags =
      (upload.createParents ? parentsFlag : 0) | (upload.onlyNew ? onlyNewFlag : 0) | (upload.follow ? followFlag : 0);
    const writing = [path, mode ?? '', owner, group, flags, uploadId, offset, size ?? ''];
    const request = { ...this.#placing(upload.ifEtag, writing), user, withInput: true };
    return withDeed(this.#link, request, signal, async (begun) => {
      await takePieces(begun.stream, parts);
      // A refusal comes before all has been sent; it says more than what the sending met with.
      const closed = await begun.stream.closed;
      if (closed.code !== 0 || closed.signal !== 0) await begun.finish();
      const stands = await begun.answer.u64();
      if (stands === undefined) throw new FileError('unfinished');
      return { offset: stands, entry: await begun.answer.entry() };
    });
  }

  makeDirectory({ path, user }: Place, wanted: Permissions, createParents: boolean, signal?: AbortSignal) {
    const texts = [path, ...permissionTexts(wanted), createParents];
    return this.#one({ deed: 'make', user, texts, withInput: false }, signal);
  }

  move({ path, user }: Place, to: Uint8Array, replace: boolean, signal?: AbortSignal): Promise<FileEntry> {
    return this.#one({ deed: 'move', user, texts: [path, to, replace], withInput: false }, signal);
  }

  remove({ path, user }: Place, recursive: boolean, signal?: AbortSignal): Promise<void> {
    const request = { deed: 'remove', user, texts: [path, recursive], withInput: false } as const;
    return withDeed(this.#link, { ...request, timeoutMs: deedMs }, signal, ({ finish }) => finish());
  }

  setPermissions({ path, user }: Place, wanted: Permissions, follow: boolean, signal?: AbortSignal) {
    const texts = [path, ...permissionTexts(wanted), follow];
    return this.#one({ deed: 'permissions', user, texts, withInput: false }, signal);
  }

  /** The kernel's events of a directory, and with `recursive` of those below, the first of which says that the watch stands. */
  watch({ path, user }: Place, recursive = false, signal?: AbortSignal): AsyncGenerator<Buffer> {
    if (recursive && this.#link.revision < 3) throw new FileError('too_old_for_trees');
    return throughDeed(
      this.#link,
      { deed: recursive ? 'watch_tree' : 'watch', user, texts: [path], withInput: false },
      signal,
      async function* ({ answer, finish }) {
        for (;;) {
          const head = await answer.take(changeHead);
          const length = head?.readUInt32LE(12) ?? 0;
          if (length > longestName) throw new Error('The sandbox answered a name that is too long.');
          const name = head && (await answer.take(length));
          if (!name) return finish();
          yield Buffer.concat([head, name]);
        }
      },
    );
  }

  /** How a file is put in place. Throws where what is there cannot be what was asked for, or the init is from before. */
  #placing(ifEtag: string, writing: FileRequest['texts']): Pick<FileRequest, 'deed' | 'texts'> {
    if (ifEtag === '') return { deed: 'write', texts: writing };
    if (this.#link.revision < 2) throw new FileError('too_old');
    const known = knownFrom(ifEtag);
    if (!known) throw new FileError('changed');
    return { deed: 'replace', texts: [...known, ...writing] };
  }

  /** A deed that answers one entry. */
  #one(request: FileRequest, signal: AbortSignal | undefined): Promise<FileEntry> {
    return withDeed(this.#link, { ...request, timeoutMs: deedMs }, signal, async ({ answer, finish, stream }) => {
      const { code } = await stream.closed;
      const entry = code === 0 ? await answer.entry() : undefined;
      await finish();
      if (!entry) throw new FileError('not_found');
      return entry;
    });
  }
}

/** `struct change` in `../init/native/watch.c`, without its name. */
const changeHead = 16;
/** 64 levels of names, the longest path that is told. */
const longestName = 32_768;

const permissionTexts = ({ mode, owner, group }: Permissions) => [mode ?? '', owner, group];
