import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox } from '../whole/api.ts';
import type { Api } from '../whole/system.ts';

const sizeMib = 100;
const turns = 5;
const limitMibPerSecond = 200;
const limits = { memoryMib: 256, diskMib: 512 };
const piece = Buffer.alloc(256 * 1024, 'muster');

/** A file of 100 MiB up and down through the whole, held against plain HTTP on the same disk in the same run. */
export async function judgeFiles(api: Api): Promise<readonly Verdict[]> {
  const sandboxId = await createSandbox(api, limits);
  const plain = await startPlainHttp();
  const { url, headers } = api.http;
  const ours = { url: `${url}/sandboxes/${sandboxId}/files/root/file`, headers };
  try {
    const up = await speeds(
      () => send(ours),
      () => send(plain),
    );
    const down = await speeds(
      () => fetchAll(ours),
      () => fetchAll(plain),
    );
    return [verdict('up', up), verdict('down', down)];
  } finally {
    await plain.close();
    await destroySandbox(api, sandboxId);
  }
}

interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Speeds {
  readonly ours: number;
  readonly plain: number;
}

/** By turns, so that whatever else happens on the machine meets both; the medians. */
async function speeds(ours: () => Promise<void>, plain: () => Promise<void>): Promise<Speeds> {
  const times: { ours: number; plain: number }[] = [];
  for (let turn = 0; turn < turns; turn += 1) times.push({ ours: await timeOf(ours), plain: await timeOf(plain) });
  const speed = (all: readonly number[]) =>
    (sizeMib * 1000) / all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!; // never empty
  return { ours: speed(times.map((turn) => turn.ours)), plain: speed(times.map((turn) => turn.plain)) };
}

function verdict(direction: 'up' | 'down', { ours, plain }: Speeds): Verdict {
  return {
    what: `a file of ${sizeMib} MiB ${direction}`,
    measured: `${ours.toFixed(0)} MiB/s`,
    baseline: `plain HTTP: ${plain.toFixed(0)} MiB/s; ${(ours / plain).toFixed(2)} ×`,
    limit: `at least ${limitMibPerSecond} MiB/s`,
    ok: ours >= limitMibPerSecond,
  };
}

async function send({ url, headers }: Address): Promise<void> {
  const length = sizeMib * 1024 * 1024;
  const request = httpRequest(url, { method: 'PUT', headers: { ...headers, 'content-length': length } });
  const answered = once(request, 'response');
  for (let sent = 0; sent < length; sent += piece.length) if (!request.write(piece)) await once(request, 'drain');
  request.end();
  await drain((await answered)[0] as IncomingMessage); // that is what the event carries
}

async function fetchAll({ url, headers }: Address): Promise<void> {
  const request = httpRequest(url, { headers });
  const answered = once(request, 'response');
  request.end();
  const received = await drain((await answered)[0] as IncomingMessage); // that is what the event carries
  if (received !== sizeMib * 1024 * 1024) throw new Error(`Only ${received} bytes came.`);
}

async function drain(response: IncomingMessage): Promise<number> {
  let received = 0;
  response.on('data', (chunk: Buffer) => (received += chunk.length));
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
  return received;
}

async function startPlainHttp(): Promise<Address & { close(): Promise<void> }> {
  const program = fileURLToPath(new URL('plain-http.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]; // that is what the event carries
  return {
    url: `http://127.0.0.1:${port}/`,
    headers: {},
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
