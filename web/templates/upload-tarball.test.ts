import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { UploadTarballRequestSchema, UploadTarballResponseSchema } from '#proto/muster/v1/template_pb.js';
import { readAnswer, streamBody } from './upload-tarball.ts';

/** The data of an envelope after the other. */
function* messages(body: ArrayBuffer): Generator<Uint8Array> {
  for (let at = 0; at < body.byteLength;) {
    const length = new DataView(body).getUint32(at + 1);
    yield new Uint8Array(body, at + 5, length);
    at += 5 + length;
  }
}

test.each([0, 1, 512 * 1024, 1_300_000])('a file of %i bytes goes out as messages of a stream', async (size) => {
  const file = new Uint8Array(size).map((_, index) => index % 251);
  const body = await streamBody(new Blob([file])).arrayBuffer();
  const parts = [...messages(body)].map((bytes) => fromBinary(UploadTarballRequestSchema, bytes).data);
  expect(Buffer.concat(parts).equals(Buffer.from(file))).toBe(true);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(512 * 1024);
});

const envelope = (flags: number, data: Uint8Array): Uint8Array => {
  const head = new Uint8Array(5);
  head[0] = flags;
  new DataView(head.buffer).setUint32(1, data.length);
  return Buffer.concat([head, data]);
};
const answer = (...envelopes: Uint8Array[]) => ({ ok: true, bytes: new Uint8Array(Buffer.concat(envelopes)).buffer });
const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));

test('the answer is its one message', () => {
  const response = create(UploadTarballResponseSchema, { digest: 'sha256:ab', sizeBytes: 7n });
  const read = readAnswer(answer(envelope(0, toBinary(UploadTarballResponseSchema, response)), envelope(2, json({}))));
  expect(read).toEqual(response);
});

test('a refusal at the end of the stream, before it, or half an answer is thrown', () => {
  const refusal = json({ error: { code: 'invalid_argument', message: 'a tarball has 4 GiB at most' } });
  const code = (read: () => unknown) => {
    try {
      return read();
    } catch (error) {
      return ConnectError.from(error).code;
    }
  };
  expect(code(() => readAnswer(answer(envelope(2, refusal))))).toBe(Code.InvalidArgument);
  expect(code(() => readAnswer({ ok: false, bytes: json({ code: 'permission_denied', message: 'no' }).buffer }))).toBe(
    Code.PermissionDenied,
  );
  expect(code(() => readAnswer(answer()))).toBe(Code.Internal);
});
