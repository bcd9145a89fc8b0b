import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { LogSchema, LogStream } from '#proto/muster/v1/log_pb.js';
import { logKey, logName, logOutput, logText, ownKey } from './log-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const { STDOUT, STDERR } = LogStream;

test('parts become output by where they were written, without codes of terminals', () => {
  const log = create(LogSchema, {
    parts: [
      { stream: STDOUT, data: bytes('\u001b[32mone\u001b[0m\n') },
      { stream: STDERR, data: bytes('two\n') },
      { stream: STDOUT, data: bytes('three\n') },
    ],
  });
  expect(logOutput(log).segments).toEqual([
    { from: 'stdout', text: 'one\n' },
    { from: 'stderr', text: 'two\n' },
    { from: 'stdout', text: 'three\n' },
  ]);
  expect(logText(log)).toBe('one\ntwo\nthree\n');
});

test('a character that two parts share is whole', () => {
  const data = bytes('ä');
  const log = create(LogSchema, {
    omittedBytes: 5n,
    parts: [
      { stream: STDOUT, data: data.slice(0, 1) },
      { stream: STDERR, data: bytes('!') },
      { stream: STDOUT, data: data.slice(1) },
    ],
  });
  expect(logText(log)).toBe('!ä');
  expect(logOutput(log).cut).toBe(true);
});

test('a log is called by its process, by its command, or is the sandbox’s own', () => {
  expect(logName(create(LogSchema, {}))).toBe('The sandbox itself');
  expect(logName(create(LogSchema, { processId: 'proc1', name: 'web', argv: ['node'] }))).toBe('web');
  expect(logName(create(LogSchema, { processId: 'proc1', argv: ['sleep', '5'] }))).toBe('sleep 5');
  expect(logKey(create(LogSchema, {}))).toBe(ownKey);
});
