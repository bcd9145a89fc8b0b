import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from '../sandboxes/testing/place.ts';
import type { FileEntry } from './entry.ts';
import type { FileFailure } from './failures.ts';
import type { SandboxFiles, Upload } from './files.ts';
import type { UploadPart } from './upload.ts';

let place: Place;
let id: string;
let files: SandboxFiles;

beforeAll(async () => {
  place = await Place.open();
  id = await place.create({ limits: { cpu: 1, memoryMib: 128, diskMib: 256, pids: 64 } });
  files = await place.sandboxes.files(id);
});
afterAll(() => place.close());

const at = (path: string | Uint8Array, user = '') => ({ path: Buffer.from(path), user });
const plain = { mode: undefined, owner: '', group: '' };
const uploadTo = (path: string | Uint8Array, over: Partial<Upload> = {}): Upload => ({
  ...at(path),
  ...plain,
  createParents: false,
  onlyNew: false,
  follow: false,
  uploadId: '',
  offset: 0n,
  size: undefined,
  ...over,
});

async function* parts(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<UploadPart> {
  for (const bytes of pieces) yield { bytes: Buffer.from(bytes) };
  yield { end: true };
}

const write = (path: string | Uint8Array, content: string | Uint8Array, over: Partial<Upload> = {}) =>
  files.write(uploadTo(path, over), parts(content));

async function read(path: string | Uint8Array, options: { offset?: bigint; length?: bigint; user?: string } = {}) {
  const chunks: Buffer[] = [];
  const asked = { offset: options.offset ?? 0n, length: options.length, noFollow: false };
  for await (const part of files.read(at(path, options.user), asked)) if ('bytes' in part) chunks.push(part.bytes);
  return Buffer.concat(chunks);
}

const names = (entries: readonly FileEntry[]) => entries.map(({ path }) => path.toString('latin1'));
const failure = (work: Promise<unknown>): Promise<FileFailure | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { failure: FileFailure }).failure, // a FileError has it; anything else shows as undefined
  );
const sh = async (line: string) => (await place.run(id, line)).stdout;
const list = (path: string, depth = 1, pageSize = 1000, after: Uint8Array = Buffer.alloc(0)) =>
  files.list(at(path), { depth, pageSize, after });

test('what is written is read again, with its mode and owner', async () => {
  const { entry, offset } = await write('/root/hello', 'hello\n', { mode: 0o4711, owner: 'nobody', group: '7' });
  expect(entry).toMatchObject({ mode: 0o104711, uid: 65534, gid: 7, size: 6n });
  expect(offset).toBe(6n);
  expect((await read('/root/hello')).toString()).toBe('hello\n');
  expect(await sh('stat -c "%a %u %g" /root/hello; ls -A /root | grep muster')).toBe('4711 65534 7\n');
  expect((await read('/root/hello', { offset: 2n, length: 2n })).toString()).toBe('ll');
  expect((await read('/root/hello', { offset: 100n })).length).toBe(0);
  expect((await read('/root/hello', { length: 0n })).length).toBe(0);
});

test('a file that is replaced keeps its mode and owner', async () => {
  await sh('echo old > /root/kept; chmod 640 /root/kept; chown 33:44 /root/kept');
  expect((await write('/root/kept', 'new')).entry).toMatchObject({ mode: 0o100640, uid: 33, gid: 44 });
  expect(await sh('cat /root/kept')).toBe('new');
  expect((await write('/root/fresh', '')).entry).toMatchObject({ mode: 0o100644, uid: 0, gid: 0, size: 0n });
});

test('thirty megabytes pass both ways byte for byte', async () => {
  const content = randomBytes(30_000_000);
  await write('/root/big', content);
  const sum = createHash('sha256').update(content).digest('hex');
  expect((await sh('sha256sum < /root/big')).split(' ')[0]).toBe(sum);
  expect((await read('/root/big')).equals(content)).toBe(true);
});
