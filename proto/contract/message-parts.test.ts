import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { ReadFileResponseSchema, UploadFileRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import { RunResponseSchema } from '#proto/muster/v1/process_pb.js';
import { encodeEnvelope } from './envelopes.ts';
import { encodeParts } from './message-parts.ts';

const many = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);

function expectTheSame<Message extends DescMessage>(desc: Message, init: MessageInitShape<Message>): number {
  const parts = encodeParts(desc, init);
  expect(Buffer.concat(parts).equals(encodeEnvelope(toBinary(desc, create(desc, init))))).toBe(true);
  return parts.length;
}

test('messages are what the library makes of them, whether their bytes are copied or not', () => {
  const data = { case: 'data', value: many } as const;
  expect(expectTheSame(UploadFileRequestSchema, { part: data })).toBe(3);
  expect(expectTheSame(ReadFileResponseSchema, { part: { part: data } })).toBe(3);
  expect(expectTheSame(UploadFileRequestSchema, { part: { ...data, value: many.subarray(0, 10) } })).toBe(1);
  expect(expectTheSame(UploadFileRequestSchema, { part: { case: 'end', value: {} } })).toBe(1);
  expect(expectTheSame(UploadFileRequestSchema, {})).toBe(1);
  expectTheSame(RunResponseSchema, { event: { case: 'stdout', value: many } });
});

test('what holds more than bytes keeps it', () => {
  const message = create(UploadFileRequestSchema, { part: { case: 'data', value: many } });
  message.$unknown = [{ no: 99, wireType: WireType.Varint, data: Uint8Array.of(1) }];
  expect(expectTheSame(UploadFileRequestSchema, message)).toBe(1);
});
