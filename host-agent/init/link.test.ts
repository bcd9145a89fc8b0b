import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SandboxFiles } from '../files/index.ts';
import { channel, encodeFrame, frameType, maxData, ProtocolViolation } from './frames.ts';
import { InitLink, InitSilent, LinkClosed } from './link.ts';
import { outputWindow } from './process.ts';

let directory: string;
let server: Server;
let answer: (socket: Socket) => void;
const sockets = new Set<Socket>();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), `muster-link-${'x'.repeat(120)}-`));
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  // A path as long as real ones may be; the server itself must name it from near.
  const from = process.cwd();
  process.chdir(directory);
  server.listen('init.sock', resolve);
  process.chdir(from);
  await promise;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const u32 = (...numbers: number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer);
const hello = encodeFrame(frameType.hello, 0, u32(0x5254534d, 1, 256));
const opened = encodeFrame(frameType.opened, 1, u32(5));
const output = (size: number) => encodeFrame(frameType.data, 1, Buffer.alloc(size), channel.out);
const spec = { argv: ['true'], env: {}, cwd: '', user: '', withStdin: false, endsWithLink: false };

/** Starts a process at an init that answers the first frame with these bytes; what its reader sees at the end. */
async function readerOf(...bytes: Buffer[]): Promise<unknown> {
  answer = (socket) => {
    socket.write(hello);
    socket.once('data', () => socket.write(Buffer.concat(bytes)));
  };
  const link = await InitLink.open(directory, 1000);
  const stream = link.start(spec);
  if ('impossible' in stream) throw new Error(stream.impossible);
  await link.ended;
  let last: unknown;
  const next = () =>
    stream.next().catch((error: unknown) => {
      last = error;
      return undefined;
    });
  while (await next()) continue;
  return last;
}

test('an init that says nothing, hangs up or is not there is told apart', async () => {
  answer = () => undefined;
  await expect(InitLink.open(directory, 50)).rejects.toBeInstanceOf(InitSilent);
  answer = (socket) => socket.destroy();
  await expect(InitLink.open(directory, 1000)).rejects.toBeInstanceOf(LinkClosed);
  server.close();
  await expect(InitLink.open(directory, 1000)).rejects.toBeInstanceOf(LinkClosed);
});

test.each([
  ['random bytes', () => randomBytes(5000)],
  ['another version', () => encodeFrame(frameType.hello, 0, u32(0x5254534d, 2, 256))],
  ['a frame before the greeting', () => opened],
])('%s instead of a greeting are a violation', async (_, bytes) => {
  answer = (socket) => socket.write(bytes());
  await expect(InitLink.open(directory, 1000)).rejects.toBeInstanceOf(ProtocolViolation);
});

test.each([
  ['a second greeting', [hello]],
  ['a stream that nobody opened', [encodeFrame(frameType.opened, 2, u32(5))]],
  ['output before the process began', [output(1)]],
  ['a process that begins twice', [opened, opened]],
  ['an end before the beginning', [encodeFrame(frameType.closed, 1, Buffer.alloc(24))]],
  ['credit that was never used', [opened, encodeFrame(frameType.credit, 1, u32(1))]],
  [
    'more output than there is credit for',
    [opened, ...Array.from({ length: outputWindow / maxData }, () => output(maxData)), output(1)],
  ],
])('%s is a violation, and the reader learns of it', async (_, bytes) => {
  expect(await readerOf(...bytes)).toBeInstanceOf(ProtocolViolation);
});

test('output after the end is a violation, which ends the link but not what had ended', async () => {
  expect(await readerOf(opened, encodeFrame(frameType.closed, 1, Buffer.alloc(24)), output(1))).toBeUndefined();
});

test('a link that ends takes its processes with it', async () => {
  answer = (socket) => {
    socket.write(hello);
    socket.once('data', () => socket.end(opened));
  };
  const link = await InitLink.open(directory, 1000);
  const stream = link.start(spec);
  if ('impossible' in stream) throw new Error(stream.impossible);
  expect(await stream.next()).toEqual({ type: 'opened', pid: 5 });
  await expect(stream.next()).rejects.toBeInstanceOf(LinkClosed);
  await expect(link.ping(100)).rejects.toBeInstanceOf(LinkClosed);
  expect(() => link.start(spec)).toThrow(LinkClosed);
});

test('what an init of an older agent cannot do is refused before it is asked', async () => {
  let asked = 0;
  answer = (socket) => {
    socket.write(hello);
    socket.on('data', () => (asked += 1));
  };
  const link = await InitLink.open(directory, 1000);
  const files = new SandboxFiles(link);
  const at = { path: Buffer.from('/root/x'), user: '' };
  const writing = { mode: undefined, owner: '', group: '', uploadId: '', offset: 0n, size: undefined };
  const upload = { ...at, ...writing, createParents: false, onlyNew: false, follow: false, ifEtag: '1-2-3-4' };
  await expect(files.write(upload, (async function* () {})())).rejects.toMatchObject({ failure: 'too_old' });
  expect(() => files.watch(at, true)).toThrow(expect.objectContaining({ failure: 'too_old_for_trees' }));
  expect(asked).toBe(0);
  link.close();
});
