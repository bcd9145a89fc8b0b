import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeEnvelope } from '#contract/envelopes.ts';
import { GetSetupResponseSchema } from '#proto/muster/v1/setup_pb.js';
import { ListHostsRequestSchema, ListHostsResponseSchema, WatchHostsRequestSchema } from '#proto/muster/v1/host_pb.js';

import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';

let muster: TestControlPlane;
beforeAll(async () => void (muster = await startTestControlPlane()));
afterAll(() => muster?.stop());

const unary = 'application/proto';
const stream = 'application/connect+proto';

function post(path: string, contentType: string, body: Uint8Array, headers: Record<string, string> = {}) {
  const own = { 'content-type': contentType, authorization: `Bearer ${muster.admin.token}` };
  return fetch(`${muster.url}/muster.v1.${path}`, {
    method: 'POST',
    headers: { ...own, ...headers },
    body: new Uint8Array(body),
  });
}
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** The error of an answer that has failed before it began. */
async function refusal(answer: Response) {
  const error = errorFromJsonBytes(await bytesOf(answer), undefined, new ConnectError('unreadable', Code.Unknown));
  const [info] = error.findDetails(ErrorInfoSchema);
  return { status: answer.status, code: error.code, reason: info?.reason, field: info?.field };
}

/** The messages of a stream, and what its end says. */
async function messages(answer: Response) {
  const bytes = await bytesOf(answer);
  const parts: { isEnd: boolean; data: Buffer }[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at + 1);
    parts.push({ isEnd: bytes[at] === 2, data: bytes.subarray(at + 5, at + 5 + size) });
    at += 5 + size;
  }
  return { count: parts.length - 1, end: JSON.parse(parts.at(-1)!.data.toString()) as { error?: { code: string } } };
}

test('a call with one answer is answered with its bytes and the id of the request', async () => {
  const answer = await post('SetupService/GetSetup', unary, new Uint8Array());
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, unary]);
  expect(answer.headers.get('muster-request-id')).toMatch(/^req/);
  expect(fromBinary(GetSetupResponseSchema, await bytesOf(answer)).setupRequired).toBe(false);
});

test('a long answer is compressed for who can read that, and for nobody else', async () => {
  for (let made = 0; made < 12; made += 1) await muster.admin.clients.hosts.createHost({ name: `machine-${made}` });
  const body = toBinary(ListHostsRequestSchema, create(ListHostsRequestSchema));
  const plain = await bytesOf(await post('HostService/ListHosts', unary, body, { 'accept-encoding': 'identity' }));
  expect(plain.length).toBeGreaterThan(1024);
  expect(fromBinary(ListHostsResponseSchema, plain).hosts).toHaveLength(12);
  // fetch unpacks what it gets, so that only the header tells.
  const packed = await post('HostService/ListHosts', unary, body, { 'accept-encoding': 'gzip' });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(fromBinary(ListHostsResponseSchema, await bytesOf(packed)).hosts).toHaveLength(12);
});

test('what cannot be read, is too long or not allowed is refused with a typed error', async () => {
  const list = 'HostService/ListHosts';
  expect(await refusal(await post(list, unary, Buffer.from([0xff, 0xff])))).toMatchObject({
    status: 400,
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
  });
  expect(await refusal(await post(list, unary, Buffer.alloc(5_000_000)))).toMatchObject({
    status: 429,
    code: Code.ResourceExhausted,
    reason: Reason.TOO_LARGE,
  });
  const nobody = await post(list, unary, new Uint8Array(), { authorization: '' });
  expect(await refusal(nobody)).toMatchObject({ status: 401, code: Code.Unauthenticated });
  const long = toBinary(ListHostsRequestSchema, create(ListHostsRequestSchema, { pageToken: 'nonsense' }));
  expect(await refusal(await post(list, unary, long))).toMatchObject({ code: Code.InvalidArgument });
});

test('a stream takes one message, sends many, and tells its error at the end', async () => {
  const asked = encodeEnvelope(toBinary(WatchHostsRequestSchema, create(WatchHostsRequestSchema)));
  const late = await messages(await post('HostService/WatchHosts', stream, asked, { 'connect-timeout-ms': '500' }));
  expect(late.count).toBeGreaterThanOrEqual(1);
  expect(late.end.error?.code).toBe('deadline_exceeded');
  const none = await post('HostService/WatchHosts', stream, new Uint8Array());
  expect([none.status, (await messages(none)).end.error?.code]).toEqual([200, 'invalid_argument']);
  const two = await messages(await post('HostService/WatchHosts', stream, Buffer.concat([asked, asked])));
  expect(two).toMatchObject({ count: 0, end: { error: { code: 'invalid_argument' } } });
});
