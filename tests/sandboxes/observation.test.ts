import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { LogStream, type GetLogsResponse } from '#proto/muster/v1/log_pb.js';
import { MetricsResolution } from '#proto/muster/v1/metrics_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { clientsFor } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let id: string;
beforeAll(async () => {
  system = await startSystem();
  await system.addHost('host');
  id = await create();
}, 600_000);
afterAll(() => system?.stop());

const limits = { memoryMib: 128, diskMib: 64 };
const create = async () => (await system.admin.sandboxes.createSandbox({ limits })).sandbox!.id;
const metricsOf = (sandboxId: string) => system.admin.sandboxes.getMetrics({ sandboxId });
const text = ({ logs }: GetLogsResponse, at: number) =>
  logs[at]!.parts.map(({ data }) => Buffer.from(data).toString()).join('');
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error).code,
  );

test('who uses a sandbox sees what it uses, and gets only what is new when they ask again', async () => {
  await shell(system.admin, id, 'head -c 20000000 /dev/zero > /dev/shm/x');
  const { samples } = await eventually('its memory is seen', async () => {
    const metrics = await metricsOf(id);
    return metrics.samples.some(({ memoryBytes }) => memoryBytes > 20_000_000n) ? metrics : undefined;
  });
  const { samples: later, totals } = await eventually('there is more', async () => {
    const more = await system.admin.sandboxes.getMetrics({ sandboxId: id, after: samples.at(-1)!.at });
    return more.samples.length > 0 ? more : undefined;
  });
  const known = timestampDate(samples.at(-1)!.at!).getTime();
  expect(later.every(({ at }) => timestampDate(at!).getTime() > known)).toBe(true);
  expect(Number(totals?.cpuTime?.seconds)).toBeLessThan(30);
  const byMinute = await system.admin.sandboxes.getMetrics({ sandboxId: id, resolution: MetricsResolution.MINUTE });
  expect(byMinute.samples.length).toBeLessThan(samples.length);
});

test('what processes wrote is kept for who may run them; who may only look sees what is used, and no more', async () => {
  const { process } = await system.admin.processes.startProcess({
    sandboxId: id,
    argv: ['sh', '-c', 'echo out; echo err >&2'],
    name: 'writer',
  });
  const logs = await eventually('it has written', async () => {
    const answer = await system.admin.sandboxes.getLogs({ sandboxId: id, processId: process!.id });
    return answer.logs[0]?.ended ? answer : undefined;
  });
  expect(logs.logs[0]).toMatchObject({ processId: process!.id, name: 'writer', exitCode: 0, omittedBytes: 0n });
  expect(logs.logs[0]!.parts.map(({ stream }) => stream).toSorted((a, b) => a - b)).toEqual([
    LogStream.STDOUT,
    LogStream.STDERR,
  ]);
  const { teamId } = (await system.admin.sandboxes.getSandbox({ sandboxId: id })).sandbox!;
  const keys = createClient(
    ApiKeyService,
    createConnectTransport({
      baseUrl: system.url,
      httpVersion: '1.1',
      interceptors: [
        (next) => (request) => {
          request.header.set('authorization', `Bearer ${system.adminToken}`);
          return next(request);
        },
      ],
    }),
  );
  const { secret } = await keys.createApiKey({ teamId, name: 'looker', role: KeyRole.READ_ONLY });
  const looker = clientsFor(system.url, { 'x-api-key': secret });
  expect((await looker.sandboxes.getMetrics({ sandboxId: id })).samples.length).toBeGreaterThan(0);
  expect(await codeOf(looker.sandboxes.getLogs({ sandboxId: id }))).toBe(Code.PermissionDenied);
});

test('real work is activity, looking is not', async () => {
  const used = await create();
  const lastUse = async () => (await system.admin.sandboxes.getSandbox({ sandboxId: used })).sandbox!.lastActivityAt;
  const before = await lastUse();
  await metricsOf(used);
  await system.admin.sandboxes.getLogs({ sandboxId: used });
  await shell(system.admin, used, 'true');
  await eventually('it was used', async () => {
    const now = await lastUse();
    return now && (!before || timestampDate(now) > timestampDate(before));
  });
  const idle = async (seconds: bigint) =>
    (await system.admin.sandboxes.listSandboxes({ idleFor: { seconds } })).sandboxes.map((one) => one.id);
  expect(await idle(3600n)).toEqual([]);
  await eventually('it is idle', async () => (await idle(1n)).includes(used));
});

test('input and files are real work, too; knocking where nobody is at home is none', async () => {
  const { sandboxes, processes, files } = system.admin;
  const [typed, written, knocked] = await Promise.all([create(), create(), create()]);
  const lastUse = async (sandboxId: string) => (await sandboxes.getSandbox({ sandboxId })).sandbox!.lastActivityAt;
  const { url } = await sandboxes.signEndpoint({ sandboxId: knocked, port: 8000 });
  expect((await fetch(url)).status).toBe(502);
  await Promise.all([
    codeOf(processes.sendInput({ sandboxId: typed, processId: 'proc0123456789abcdef', data: Buffer.from('x') })),
    files.makeDirectory({ sandboxId: written, at: { case: 'path', value: '/root/made' } }),
  ]);
  for (const sandboxId of [typed, written])
    await eventually('it was used', async () => (await lastUse(sandboxId)) !== undefined);
  // What happened before the others would be written down by now.
  expect(await lastUse(knocked)).toBeUndefined();
});

test('an ended sandbox says so, and a paused one is read where that is possible', async () => {
  const ended = await create();
  await shell(system.admin, ended, 'true');
  await system.admin.sandboxes.pauseSandbox({ sandboxId: ended });
  expect((await metricsOf(ended)).totals).toBeDefined();
  expect((await system.admin.sandboxes.getLogs({ sandboxId: ended })).missing).toContain('Resume it first');
  await system.admin.sandboxes.destroySandbox({ sandboxId: ended });
  expect(await codeOf(metricsOf(ended))).toBe(Code.FailedPrecondition);
  const logs = await system.admin.sandboxes.getLogs({ sandboxId: ended });
  expect(logs.missing).toContain('has ended');
  expect(text(logs, 0)).toBe('');
  expect((await system.admin.sandboxes.getSandbox({ sandboxId: ended })).sandbox!.observed).toBe(
    ObservedState.DESTROYED,
  );
});
