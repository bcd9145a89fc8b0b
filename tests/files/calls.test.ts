import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { FileChangeKind, FileType, type WatchDirectoryResponse } from '#proto/muster/v1/file_pb.js';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

let system: System;
let host: TestHost;
let id: string;

beforeAll(async () => {
  system = await startSystem();
  host = await system.addHost('host');
  const { sandbox } = await system.admin.sandboxes.createSandbox({ limits: { memoryMib: 256, diskMib: 512 } });
  id = sandbox!.id;
}, 600_000);
afterAll(() => system?.stop());

const files = () => system.admin.files;
const sh = async (line: string) => (await shell(system.admin, id, line)).stdout;
const at = (path: string | Uint8Array<ArrayBuffer>) => ({
  sandboxId: id,
  at: typeof path === 'string' ? { case: 'path' as const, value: path } : { case: 'rawPath' as const, value: path },
});
const bytes = (text: string) => new TextEncoder().encode(text);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => {
      const failure = ConnectError.from(error);
      const [info] = failure.findDetails(ErrorInfoSchema);
      return [failure.code, info?.reason, info?.field];
    },
  );

async function read(path: string, offset = 0n, length?: bigint): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const { part } of files().readFile({ ...at(path), offset, length }))
    if (part.case === 'data') chunks.push(part.value);
  return Buffer.concat(chunks);
}

async function* upload(path: string, pieces: Iterable<Uint8Array<ArrayBuffer>>, more = {}) {
  yield { part: { case: 'start' as const, value: { ...at(path), ...more } } };
  for (const value of pieces) yield { part: { case: 'data' as const, value } };
}

test('every call does what it says', async () => {
  const { file: made } = await files().makeDirectory({ ...at('/root/a/b'), createParents: true, mode: 0o750 });
  expect(made).toMatchObject({ at: { value: '/root/a/b' }, type: FileType.DIRECTORY, mode: 0o750 });
  const { file } = await files().writeFile({ ...at('/root/a/b/c'), data: bytes('hello'), placement: { mode: 0o640 } });
  expect(file).toMatchObject({ at: { case: 'path', value: '/root/a/b/c' }, size: 5n, mode: 0o640, uid: 0 });
  expect((await files().stat(at('/root/a/b/c'))).file).toEqual(file);
  const { files: listed } = await files().listDirectory({ ...at('/root/a'), depth: 3 });
  expect(listed.map((one) => one.at.value)).toEqual(['/root/a/b', '/root/a/b/c']);
  const { file: changed } = await files().setPermissions({ ...at('/root/a/b/c'), mode: 0o600, owner: 'nobody' });
  expect(changed).toMatchObject({ mode: 0o600, uid: 65534 });
  const { file: moved } = await files().move({
    sandboxId: id,
    from: { case: 'fromPath', value: '/root/a/b/c' },
    to: { case: 'toPath', value: '/root/a/d' },
  });
  expect(moved?.at.value).toBe('/root/a/d');
  expect((await read('/root/a/d')).toString()).toBe('hello');
  expect((await read('/root/a/d', 1n, 3n)).toString()).toBe('ell');
  await files().remove({ ...at('/root/a'), recursive: true });
  expect(await refusal(files().stat(at('/root/a')))).toEqual([Code.NotFound, Reason.NOT_FOUND, 'path']);
});

test('a hundred megabytes pass both ways byte for byte', async () => {
  const pieces = Array.from({ length: 100 }, () => randomBytes(1024 * 1024));
  const sum = createHash('sha256');
  for (const piece of pieces) sum.update(piece);
  const digest = sum.digest('hex');
  const { file, offset } = await files().uploadFile(upload('/root/big', pieces, { size: 104_857_600n }));
  expect([file?.size, offset]).toEqual([104_857_600n, 104_857_600n]);
  expect(await sh('sha256sum < /root/big')).toBe(`${digest}  -\n`);
  expect(
    createHash('sha256')
      .update(await read('/root/big'))
      .digest('hex'),
  ).toBe(digest);
});

test('refusals have a code, a reason and the path as their field', async () => {
  await sh('mkdir -p /root/full/x; mkfifo /root/pipe');
  expect(await refusal(files().remove(at('/root/full')))).toEqual([Code.FailedPrecondition, Reason.NOT_EMPTY, 'path']);
  expect(await refusal(files().writeFile({ ...at('/root/full') }))).toEqual([
    Code.FailedPrecondition,
    Reason.IS_DIRECTORY,
    'path',
  ]);
  expect(await refusal(read('/root/pipe'))).toEqual([Code.FailedPrecondition, Reason.NOT_REGULAR, 'path']);
  expect(await refusal(files().makeDirectory(at('/root/full')))).toEqual([
    Code.AlreadyExists,
    Reason.NAME_TAKEN,
    'path',
  ]);
  expect(await refusal(files().listDirectory({ ...at('/root'), user: '1234' }))).toEqual([
    Code.PermissionDenied,
    Reason.FILE_PERMISSION,
    'path',
  ]);
  await sh("fallocate -l $(($(stat -f -c '%a*%S' /root) - 4 * 1024 * 1024)) /root/filler");
  const big = Array.from({ length: 8 }, () => new Uint8Array(1024 * 1024).fill(1));
  expect(await refusal(files().uploadFile(upload('/root/too-big', big)))).toEqual([
    Code.ResourceExhausted,
    Reason.NO_SPACE,
    'path',
  ]);
  await sh('rm /root/filler');
  expect((await refusal(files().stat({ sandboxId: id, at: { case: 'path', value: 'relative' } })))?.[0]).toBe(
    Code.InvalidArgument,
  );
  expect((await refusal(files().uploadFile(upload('/root/x', [bytes('x')], { size: 2n }))))?.[0]).toBe(
    Code.InvalidArgument,
  );
});

test('names that are no text stand in the bytes field, in answers as in requests', async () => {
  const raw = Uint8Array.from([...bytes('/root/odd/'), 0xff, 0xfe]);
  await files().writeFile({ ...at(raw), data: bytes('odd'), placement: { createParents: true } });
  const { files: listed } = await files().listDirectory(at('/root/odd'));
  expect(listed[0]?.at).toEqual({ case: 'rawPath', value: raw });
});

test('a caller who goes away in the middle of an upload leaves nothing, whatever they speak', async () => {
  const leaving = new AbortController();
  async function* half() {
    yield* upload('/root/half', [new Uint8Array(500_000)]);
    leaving.abort();
    await new Promise(() => {});
  }
  await files()
    .uploadFile(half(), { signal: leaving.signal })
    .catch(() => undefined);
  const session = connect(system.url);
  const stream = session.request({
    ':method': 'PUT',
    ':path': `/sandboxes/${id}/files/root/half`,
    authorization: `Bearer ${system.adminToken}`,
  });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.write(Buffer.alloc(300_000), resolve));
  stream.close(8);
  await new Promise((resolve) => stream.once('close', resolve));
  session.close();
  await eventually('no child is left', async () => !(await sh('ls /proc/*/fd -l 2>/dev/null')).includes('deleted'));
  expect(await sh('ls -A /root | grep -c "half\\|muster"')).toBe('0\n');
});

test('a watch tells what changes, and its end', async () => {
  await sh('mkdir -p /root/watched');
  const events = files().watchDirectory(at('/root/watched'))[Symbol.asyncIterator]();
  const next = async (): Promise<WatchDirectoryResponse['event']> => {
    const { value } = await events.next();
    const event: WatchDirectoryResponse['event'] = value!.event;
    return event.case === 'keepAlive' ? next() : event;
  };
  expect((await next()).case).toBe('ready');
  await files().writeFile({ ...at('/root/watched/x'), data: bytes('x') });
  const seen: [FileChangeKind, unknown][] = [];
  const until = async (path: string, kind: FileChangeKind) => {
    for (;;) {
      const event = await next();
      if (event.case !== 'change') throw new Error(String(event.case));
      seen.push([event.value.kind, event.value.at.value]);
      if (event.value.kind === kind && event.value.at.value === path) return event.value;
    }
  };
  await until('/root/watched/x', FileChangeKind.MOVED_TO);
  await sh('cd /root/watched; echo y >> x; mv x y; mkdir d; rm y');
  await until('/root/watched/x', FileChangeKind.WRITTEN);
  const from = await until('/root/watched/x', FileChangeKind.MOVED_FROM);
  const to = await until('/root/watched/y', FileChangeKind.MOVED_TO);
  expect(from.moveId).toBe(to.moveId);
  expect((await until('/root/watched/d', FileChangeKind.CREATED)).isDirectory).toBe(true);
  await until('/root/watched/y', FileChangeKind.REMOVED);
  await sh('rm -r /root/watched');
  for (let event = await next(); event.case !== 'gone'; event = await next()) expect(event.case).toBe('change');
  expect((await events.next()).done).toBe(true);
});

test('each change is one row of the audit, and so is who read which file, without what is in it', async () => {
  const { sandbox } = await system.admin.sandboxes.createSandbox({ limits: { memoryMib: 64 } });
  const there = { sandboxId: sandbox!.id, at: { case: 'path' as const, value: '/root/x' } };
  await files().writeFile({ ...there, data: bytes('a secret') });
  await files().stat(there);
  const headers = { authorization: `Bearer ${system.adminToken}`, 'content-type': 'application/json' };
  expect(await (await fetch(`${system.url}/sandboxes/${sandbox!.id}/files/root/x`, { headers })).text()).toBe(
    'a secret',
  );
  await files().remove(there);
  const answer = await fetch(`${system.url}/muster.v1.AuditService/ListAuditEvents`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ filter: { target: sandbox!.id, actionPrefix: 'file.' } }),
  });
  const text = await answer.text();
  expect(
    [...text.matchAll(/"action":\s*"(file\.\w+)"/g)]
      .map(([, action = '']) => action)
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['file.read', 'file.remove', 'file.write']);
  expect(text.match(/\/root\/x/g), 'which file, each time').toHaveLength(3);
  expect(text).not.toContain('a secret');
});

test('a paused sandbox says so', async () => {
  const { sandbox } = await system.admin.sandboxes.createSandbox({ limits: { memoryMib: 64 } });
  const there = { sandboxId: sandbox!.id, at: { case: 'path' as const, value: '/root' } };
  await system.admin.sandboxes.pauseSandbox({ sandboxId: sandbox!.id });
  expect((await refusal(files().stat(there)))?.slice(0, 2)).toEqual([Code.FailedPrecondition, Reason.WRONG_STATE]);
  expect((await refusal(files().remove(there)))?.slice(0, 2)).toEqual([Code.FailedPrecondition, Reason.WRONG_STATE]);
  expect(host.agent.output()).not.toContain('of our own');
});
