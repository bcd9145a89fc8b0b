import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from '../sandboxes/testing/place.ts';
import { changeOf } from './change.ts';
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
  ifEtag: '',
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

test('every failure has its name', async () => {
  await sh(
    'mkdir -p /root/dir/sub; echo x > /root/plain; ln -s loop2 /root/loop1; ln -s loop1 /root/loop2; mkfifo /root/pipe',
  );
  expect(await failure(files.stat(at('/root/none'), false))).toBe('not_found');
  expect(await failure(read('/root/none'))).toBe('not_found');
  expect(await failure(read('/root/dir'))).toBe('is_directory');
  expect(await failure(read('/root/plain/below'))).toBe('not_directory');
  expect(await failure(read('/root/loop1'))).toBe('symlink_loop');
  expect(await failure(write('/root/dir', 'x'))).toBe('is_directory');
  expect(await failure(write('/root/new/', 'x'))).toBe('is_directory');
  expect(await failure(write('/root/..', 'x'))).toBe('is_directory');
  expect(await failure(write('/', 'x'))).toBe('is_directory');
  expect(await failure(write('/root/none/x', 'x'))).toBe('not_found');
  expect(await failure(write('/root/plain', 'x', { onlyNew: true }))).toBe('exists');
  expect(await failure(write(`/root/${'n'.repeat(256)}`, 'x'))).toBe('bad_path');
  expect(await failure(write('/root/x', 'x', { owner: 'nobody-here' }))).toBe('no_user');
  expect(await failure(write('/root/x', 'x', { group: 'nobody-here' }))).toBe('no_group');
  expect(await failure(write('/root/x', 'xyz', { size: 2n }))).toBe('too_much');
  expect(await failure(write('/root/x', 'xyz', { size: 4n }))).toBe('unfinished');
  expect(await failure(write('/root/x', 'x', { uploadId: '../../x' }))).toBe('bad_path');
  expect(await failure(write('/proc/version', 'x'))).toBe('permission');
  expect(await failure(write('/sys/x', 'x'))).toMatch(/read_only|permission/);
  expect(await failure(files.remove(at('/root/dir'), false))).toBe('not_empty');
  expect(await failure(files.remove(at('/'), true))).toBe('busy');
  expect(await failure(files.makeDirectory(at('/root/dir'), plain, false))).toBe('exists');
  expect(await failure(files.move(at('/root/dir'), Buffer.from('/root/dir/sub/x'), false))).toBe('bad_path');
  expect(await failure(files.move(at('/root/plain'), Buffer.from('/root/dir'), true))).toBe('is_directory');
  expect(await failure(files.move(at('/root/plain'), Buffer.from('/root/loop1'), false))).toBe('exists');
  expect(await failure(files.move(at('/root/plain'), Buffer.from('/dev/shm/x'), false))).toBe('other_file_system');
  expect(await failure(list('/root/plain'))).toBe('not_directory');
  expect(await failure(files.stat(at('/root/x\0y'), false))).toBe('bad_path');
  expect(await failure(files.stat(at('/root/dir', 'nobody-here'), false))).toBe('no_user');
  expect(await sh('ls -A /root | grep -c muster')).toBe('0\n');
});

test('another user of the sandbox may do what its kernel lets it, and no more', async () => {
  await sh(
    'mkdir -p /srv/open /srv/closed; chmod 777 /srv/open; chmod 700 /srv/closed; echo secret > /srv/closed/x; chmod 600 /srv/closed/x',
  );
  expect(await failure(read('/srv/closed/x', { user: 'nobody' }))).toBe('permission');
  expect(await failure(files.write({ ...uploadTo('/srv/new'), user: 'nobody' }, parts('x')))).toBe('permission');
  expect(await failure(files.remove(at('/srv/closed', 'nobody'), true))).toBe('permission');
  expect(await failure(files.setPermissions(at('/srv/open', '1234'), { ...plain, mode: 0o700 }, false))).toBe(
    'permission',
  );
  const { entry } = await files.write({ ...uploadTo('/srv/open/x'), user: 'nobody' }, parts('x'));
  expect(entry).toMatchObject({ uid: 65534, gid: 65534 });
  expect(
    await failure(files.write({ ...uploadTo('/srv/open/y', { owner: 'root' }), user: 'nobody' }, parts('x'))),
  ).toBe('permission');
  const { entries } = await files.list(at('/srv', '1234'), { depth: 2, pageSize: 100, after: Buffer.alloc(0) });
  expect(entries.map(({ path, unreadable }) => [path.toString(), unreadable])).toEqual([
    ['closed', true],
    ['open', false],
    ['open/x', false],
  ]);
});

test('symbolic links are taken as such, and followed where it is said', async () => {
  await sh(
    'mkdir -p /root/links; cd /root/links; echo target > real; ln -s real soft; ln -s /etc/passwd away; ln -s . here; ln -s nowhere dangling',
  );
  const link = await files.stat(at('/root/links/soft'), false);
  expect([link.mode & 0o170000, link.target.toString()]).toEqual([0o120000, 'real']);
  expect((await files.stat(at('/root/links/soft'), true)).size).toBe(7n);
  expect((await read('/root/links/soft')).toString()).toBe('target\n');
  const noFollow = async () => {
    for await (const part of files.read(at('/root/links/soft'), { offset: 0n, length: undefined, noFollow: true }))
      void part;
  };
  expect(await failure(noFollow())).toBe('link_refused');
  await write('/root/links/soft', 'through', { follow: true });
  expect(await sh('cat /root/links/real; readlink /root/links/soft')).toBe('throughreal\n');
  expect(await failure(write('/root/links/dangling', 'x', { follow: true }))).toBe('not_found');
  await write('/root/links/soft', 'instead');
  expect(await sh('cat /root/links/real /root/links/soft; test -L /root/links/soft || echo no link')).toBe(
    'throughinsteadno link\n',
  );
  expect(await failure(files.setPermissions(at('/root/links/away'), { ...plain, mode: 0o600 }, false))).toBe(
    'link_refused',
  );
  expect(await files.setPermissions(at('/root/links/away'), { ...plain, owner: 'nobody' }, false)).toMatchObject({
    uid: 65534,
  });
  expect(await sh('stat -c %u /etc/passwd')).toBe('0\n');
  await files.move(at('/root/links/away'), Buffer.from('/root/links/moved'), false);
  expect(await sh('readlink /root/links/moved; test -e /etc/passwd && echo stays')).toBe('/etc/passwd\nstays\n');
  // Down every link there is a way in a circle; none is gone.
  expect(names((await list('/root/links', 32)).entries)).toEqual(['dangling', 'here', 'moved', 'real', 'soft']);
  await sh('mkdir -p /root/keep/precious; ln -s /root/keep /root/links/out');
  await files.remove(at('/root/links'), true);
  expect(await sh('ls /root/keep; ls -d /root/links 2>&1 | grep -c "No such"')).toBe('precious\n1\n');
});

test('links and dots lead nowhere but to places inside, in every call', async () => {
  await sh(
    'mkdir /root/trap; ln -s / /root/trap/root; ln -s ../../../../../../../.. /root/trap/up; ln -s /proc/self/root /root/trap/self; ln -s /proc/1/root /root/trap/init',
  );
  const marker = await sh('cat /etc/passwd; stat -c %i /etc');
  const inside = async (path: string) => (await read(`${path}/etc/passwd`)).toString();
  for (const way of ['/root/trap/root', '/root/trap/up', '/root/trap/self', '/../../../..', '/root/../../..'])
    expect(`${await inside(way)}${await sh('stat -c %i /etc')}`).toBe(marker);
  // Pid 1 lets nobody look into it.
  expect(await failure(inside('/root/trap/init'))).toBe('permission');
  const { etag } = await files.stat(at('/etc/passwd'), false);
  for (const way of ['/root/trap/up', '/root/trap/root', '/..']) {
    expect((await files.stat(at(`${way}/etc/passwd`), false)).etag).toBe(etag);
    const watch = files.watch(at(`${way}/root/trap`));
    expect(changeOf((await watch.next()).value as Buffer)).toEqual({ type: 'ready' });
    await sh('touch /root/trap/seen; rm /root/trap/seen');
    expect(changeOf((await watch.next()).value as Buffer)).toMatchObject({ name: Buffer.from('seen') });
    await watch.return(undefined);
    await write(`${way}/root/made`, 'x', { uploadId: 'abcdefgh' });
    await files.makeDirectory(at(`${way}/root/made-dir`), plain, false);
    await files.move(at(`${way}/root/made`), Buffer.from(`${way}/root/made-dir/x`), false);
    await files.setPermissions(at(`${way}/root/made-dir`), { ...plain, mode: 0o711 }, false);
    expect(names((await list(`${way}/root/made-dir`)).entries)).toEqual(['x']);
    expect(await sh('stat -c %a /root/made-dir; ls /root/made-dir')).toBe('711\nx\n');
    await files.remove(at(`${way}/root/made-dir`), true);
  }
  // What says where a list goes on is the caller's own word, and leads nowhere else either.
  expect(await failure(list('/root/trap', 3, 1000, Buffer.from('../etc/')))).toBe('bad_path');
});

test('pipes, devices and endless files hold nobody up', async () => {
  await sh('mkfifo /root/fifo; truncate -s 1T /root/sparse');
  expect(await failure(read('/root/fifo'))).toBe('not_regular');
  expect(await failure(read('/dev/zero'))).toBe('not_regular');
  expect(await files.stat(at('/root/sparse'), false)).toMatchObject({ size: 2n ** 40n, diskSize: 0n });
  expect((await read('/root/sparse', { offset: 2n ** 40n - 3n })).length).toBe(3);
  let taken = 0;
  for await (const part of files.read(at('/root/sparse'), { offset: 0n, length: undefined, noFollow: false })) {
    if ('bytes' in part) taken += part.bytes.length;
    if (taken > 5_000_000) break;
  }
  expect((await read('/proc/self/status')).toString()).toContain('VmRSS');
  expect(await sh('ps ax | grep -c "[d]efunct"; echo free')).toContain('free');
  // A pipe that is replaced is not opened either.
  await write('/root/fifo', 'a file now');
  expect((await read('/root/fifo')).toString()).toBe('a file now');
});

test('a reader that stands still stops the file, and others go on', async () => {
  const reading = files.read(at('/root/sparse'), { offset: 0n, length: undefined, noFollow: false });
  await reading.next();
  await reading.next();
  expect(await sh('echo free')).toBe('free\n');
  expect((await files.stat(at('/root'), false)).mode & 0o040000).toBeTruthy();
  await reading.return(undefined);
});

test('a list goes down so far, page by page, in the order of bytes', async () => {
  await sh(
    'mkdir -p /root/tree/a/b/c /root/tree/a.b; touch /root/tree/a/x /root/tree/a/b/y /root/tree/a/b/c/z /root/tree/é /root/tree/B',
  );
  const whole = names((await list('/root/tree', 32)).entries);
  expect(whole).toEqual([
    'B',
    'a',
    'a/b',
    'a/b/c',
    'a/b/c/z',
    'a/b/y',
    'a/x',
    'a.b',
    Buffer.from('é').toString('latin1'),
  ]);
  expect(names((await list('/root/tree', 2)).entries)).toEqual(['B', 'a', 'a/b', 'a/x', 'a.b', whole.at(-1)]);
  for (const pageSize of [1, 2, 3]) {
    const found: string[] = [];
    let after: Buffer | undefined = Buffer.alloc(0);
    while (after) {
      const { entries, next } = await list('/root/tree', 32, pageSize, after);
      expect(entries.length).toBeLessThanOrEqual(pageSize);
      found.push(...names(entries));
      after = next;
    }
    expect(found).toEqual(whole);
  }
});

test('a directory with many names takes no more memory than a page, and pages miss nothing while others change', async () => {
  await sh('mkdir /root/many; cd /root/many; seq -f "n%05.0f" 20000 | xargs touch');
  const found = new Set<string>();
  let after: Buffer | undefined = Buffer.alloc(0);
  for (let page = 0; after; page += 1) {
    const listing = await list('/root/many', 1, 3000, after);
    for (const name of names(listing.entries)) found.add(name);
    after = listing.next;
    if (page < 3) await sh(`cd /root/many; rm n0000${page + 1}; touch new-${page}`);
  }
  expect(found.size).toBeGreaterThanOrEqual(20_000);
  expect([...found].sort()).toEqual([...found]);
  await files.remove(at('/root/many'), true);
  expect(await failure(files.stat(at('/root/many'), false))).toBe('not_found');
});

test('a tree that is deeper than descriptors reach is removed', async () => {
  await sh('cd /root; mkdir deep; cd deep; p=$(printf "d/%.0s" $(seq 400)); mkdir -p $p; touch $p/end d/d/d/end');
  await files.remove(at('/root/deep'), true);
  expect(await failure(files.stat(at('/root/deep'), false))).toBe('not_found');
});

test('names that are no text are bytes, in and out', async () => {
  const odd = Buffer.from([...Buffer.from('/root/odd/'), 0xff, 0xfe, 0x0a, 0x20, 0x27]);
  await write(odd, 'odd', { createParents: true });
  expect((await read(odd)).toString()).toBe('odd');
  const { entries } = await list('/root/odd');
  expect(entries[0]!.path.equals(odd.subarray(10))).toBe(true);
  await files.move({ path: odd, user: '' }, Buffer.concat([odd, Buffer.from([0x80])]), false);
  expect(await sh('ls /root/odd | wc -c')).toBe('7\n');
  await files.remove(at('/root/odd'), true);
});

test('a writer that goes away leaves nothing, one that is killed neither', async () => {
  const endless = async function* (): AsyncGenerator<UploadPart> {
    for (;;) yield { bytes: Buffer.alloc(65_536) };
  };
  await sh('echo before > /root/atomic');
  const leaving = new AbortController();
  const writing = files.write(uploadTo('/root/atomic'), endless(), leaving.signal);
  setTimeout(() => leaving.abort(new Error('gone')), 100);
  await expect(writing).rejects.toThrow('gone');
  async function* broken(): AsyncGenerator<UploadPart> {
    yield { bytes: Buffer.from('half') };
  }
  expect(await failure(files.write(uploadTo('/root/atomic'), broken()))).toBe('unfinished');
  const killed = files.write(uploadTo('/root/atomic'), endless());
  killed.catch(() => undefined);
  await sh(
    'sleep 0.2; for p in /proc/[0-9]*; do case $(cut -d" " -f4 $p/stat) in 1) [ ${p#/proc/} != $$ ] && kill -9 ${p#/proc/};; esac; done 2>/dev/null',
  );
  expect(await failure(killed)).toBe('limit');
  expect(await sh('cat /root/atomic; ls -A /root | grep -c muster')).toBe('before\n0\n');
});

test('a file is replaced only where it is the one that was seen, and of many at once one wins', async () => {
  const { entry } = await write('/root/cas', 'one');
  const ifEtag = entry!.etag;
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, number) => failure(write('/root/cas', `by ${number}`, { ifEtag }))),
  );
  expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(7);
  expect((await read('/root/cas')).toString()).toBe(`by ${outcomes.indexOf(undefined)}`);
  const now = await files.stat(at('/root/cas'), false);
  await sh('echo changed inside > /root/cas');
  for (const etag of [now.etag, ifEtag, 'x-y-z', 'nonsense', '1-2-3-4'])
    expect(await failure(write('/root/cas', 'late', { ifEtag: etag }))).toBe('changed');
  expect(await failure(write('/root/not-there', 'x', { ifEtag }))).toBe('changed');
  expect(await sh('cat /root/cas; ls -A /root | grep -c muster-upload')).toBe('changed inside\n0\n');
  const { etag } = await files.stat(at('/root/cas'), false);
  expect(await failure(write('/root/cas', 'in time', { ifEtag: etag }))).toBeUndefined();
});

test('an upload can be gone on with, by one at a time, and is swept when it is old', async () => {
  async function* first(): AsyncGenerator<UploadPart> {
    yield { bytes: Buffer.from('hello ') };
  }
  const uploadId = 'abcdefgh';
  expect(await failure(files.write(uploadTo('/root/up', { uploadId }), first()))).toBe('unfinished');
  expect(await failure(write('/root/up', 'x', { uploadId, offset: 3n }))).toBe('wrong_offset');
  const held = Promise.withResolvers<void>();
  const holding = files.write(
    uploadTo('/root/up', { uploadId, offset: 6n }),
    (async function* (): AsyncGenerator<UploadPart> {
      yield { bytes: Buffer.from('wo') };
      await held.promise;
      yield { bytes: Buffer.from('rld') };
      yield { end: true };
    })(),
  );
  // What it wrote shows that it has it.
  await expect.poll(() => sh('stat -c %s /root/.muster-upload-abcdefgh'), { timeout: 30_000 }).toBe('8\n');
  expect(await failure(write('/root/up', 'x', { uploadId, offset: 8n }))).toBe('upload_in_use');
  held.resolve();
  expect(await holding).toMatchObject({ offset: 11n });
  expect(await sh('cat /root/up')).toBe('hello world');
  await sh('touch -d "2 days ago" /root/.muster-upload-old00000; touch /root/.muster-upload-young000');
  await write('/root/up', 'x', { uploadId });
  expect(await sh('ls -A /root | grep muster; rm /root/.muster*')).toBe('.muster-upload-young000\n');
});

test('a watch that nobody reads says that changes were lost', async () => {
  await sh('mkdir /root/busy');
  const events = files.watch(at('/root/busy'));
  expect(changeOf((await events.next()).value as Buffer)).toEqual({ type: 'ready' });
  // By turns, because the kernel joins changes that are the same; on two files, because inodes are few.
  await sh('cd /root/busy; i=0; while [ $i -lt 40000 ]; do : > a; : > b; i=$((i + 1)); done');
  const types = new Set<string | undefined>();
  for await (const event of events) {
    types.add(changeOf(event)?.type);
    if (types.has('overflow')) break;
  }
  expect([...types]).toEqual(['change', 'overflow']);
});

test('a tree is watched, with what is made in it, moved about, and moved away', async () => {
  await sh('mkdir -p /root/tree/a/b /root/out /root/other/deep; ln -s /root/other /root/tree/link');
  const events = files.watch(at('/root/tree'), true);
  const seen: string[] = [];
  // Reads until a file of that name is told.
  const until = async (path: string) => {
    for (;;) {
      const change = changeOf((await events.next()).value as Buffer);
      if (change?.type !== 'change') throw new Error(`${path} was not told before ${change?.type}`);
      seen.push(`${change.kind} ${change.name.toString()}`);
      if (change.name.toString() === path) return;
    }
  };
  expect(changeOf((await events.next()).value as Buffer)).toEqual({ type: 'ready' });
  await sh(
    'echo x > /root/tree/a/b/file; mkdir -p /root/tree/new/x/y; echo x > /root/tree/new/x/y/file; touch /root/tree/m1',
  );
  await until('m1');
  expect(seen).toContain('written a/b/file');
  expect(seen).toContain('created new/x/y/file');
  await sh(
    'mv /root/tree/new /root/tree/a/moved; touch /root/tree/a/moved/x/y/later /root/other/deep/unseen; touch /root/tree/m2',
  );
  await until('m2');
  expect(seen).toContain('moved_to a/moved');
  expect(seen).toContain('created a/moved/x/y/later');
  await sh('mv /root/tree/a/moved /root/out/; touch /root/tree/m3');
  await until('m3');
  await sh('touch /root/out/moved/x/y/outside; rm -r /root/tree/a; touch /root/tree/m4');
  await until('m4');
  expect(seen).toContain('removed a/b');
  expect(seen.filter((line) => /unseen|outside/.test(line))).toEqual([]);
  await sh('rm -r /root/tree');
  for (;;) if (changeOf((await events.next()).value as Buffer)?.type === 'gone') break;
  expect((await events.next()).done).toBe(true);
});

test('a tree that is larger than a watch takes is watched in part, and that is said', async () => {
  await sh('mkdir /root/forest; cd /root/forest; seq 8200 | xargs mkdir');
  const events = files.watch(at('/root/forest'), true);
  expect(changeOf((await events.next()).value as Buffer)).toEqual({ type: 'ready' });
  expect(changeOf((await events.next()).value as Buffer)).toEqual({ type: 'partial', directories: 8192 });
  await events.return(undefined);
  await sh('rm -r /root/forest');
}, 60_000);

test('a full disk is said, and freed again', async () => {
  const small = await place.create({ limits: { cpu: 1, memoryMib: 128, diskMib: 16, pids: 64 } });
  const there = await place.sandboxes.files(small);
  async function* much(): AsyncGenerator<UploadPart> {
    for (let index = 0; index < 64; index += 1) yield { bytes: randomBytes(1024 * 1024) };
    yield { end: true };
  }
  expect(await failure(there.write(uploadTo('/root/much'), much()))).toBe('no_space');
  expect(await failure(there.write(uploadTo('/root/much', { uploadId: 'abcdefgh' }), much()))).toBe('no_space');
  expect((await place.run(small, 'ls -A /root | grep -c "much\\|muster"')).stdout).toBe('0\n');
  // The names go before the bytes do.
  const filling = 'cd /root; seq 20000 | xargs mkdir 2>/dev/null; echo full';
  expect((await place.run(small, filling)).stdout).toBe('full\n');
  expect(await failure(there.makeDirectory(at('/root/one-more'), plain, false))).toBe('no_space');
  expect(await failure(there.write(uploadTo('/root/x'), parts('x')))).toBe('no_space');
  await there.remove(at('/root/1'), true);
  await place.sandboxes.destroy(small, 1);
});

test('a sandbox without processes to spare says so', async () => {
  const crowded = await place.create({ limits: { cpu: 1, memoryMib: 64, diskMib: 64, pids: 4 } });
  const there = await place.sandboxes.files(crowded);
  await place.run(crowded, 'for i in 1 2; do sleep 1000 & done');
  // It takes the last one that there is.
  const watch = there.watch(at('/'));
  expect(changeOf((await watch.next()).value as Buffer)).toEqual({ type: 'ready' });
  expect(await failure(there.stat(at('/'), false))).toBe('limit');
  await watch.return(undefined);
  await place.sandboxes.destroy(crowded, 1);
});
