import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ProcessSchema, ProcessState } from '#proto/muster/v1/process_pb.js';
import { commandLine, processLook, processName } from './words.ts';

const process = (init: MessageInitShape<typeof ProcessSchema>) => create(ProcessSchema, init);

test('a process is called by its name, else by its program', () => {
  expect(processName(process({ name: 'web', argv: ['python3', 'server.py'] }))).toBe('web');
  expect(processName(process({ argv: ['/usr/bin/python3', 'server.py'] }))).toBe('python3');
  expect(processName(process({ argv: ['-bash'] }))).toBe('bash');
  expect(processName(process({}))).toBe('login shell');
});

test('a command line is quoted as one would type it, a line for the shell stands as it is', () => {
  expect(commandLine(process({ argv: ['echo', `it's here`] }))).toBe(`echo 'it'\\''s here'`);
  expect(commandLine(process({ argv: ['sh', '-c', 'sleep 9 && echo "done"'] }))).toBe('sleep 9 && echo "done"');
  expect(processName(process({ argv: ['sh', '-c', '/usr/bin/sleep 9'] }))).toBe('sleep');
});

test('an end tells the signal or the code', () => {
  const ended = (exit: { code?: number; signal?: string; timedOut?: boolean }) =>
    processLook(process({ state: ProcessState.ENDED, exit })).word;
  expect(ended({ code: 0 })).toBe('Exit code 0');
  expect(ended({ code: 3 })).toBe('Exit code 3');
  expect(ended({ code: 137, signal: 'SIGKILL' })).toBe('SIGKILL');
  expect(ended({ code: 137, signal: 'SIGKILL', timedOut: true })).toBe('Timed out');
  expect(processLook(process({ state: ProcessState.RUNNING })).word).toBe('Running');
});
