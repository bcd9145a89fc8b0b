import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TesterMachineSchema, TesterSshSchema } from '#proto/muster/v1/machine_access_pb.js';
import { sshCommands, sshSentence } from './ssh.ts';

const machine = create(TesterMachineSchema, { hostname: 'bench-1', accounts: ['tester', 'ops'], installed: true });
const awaited = create(TesterMachineSchema, { hostname: 'bench-2', accounts: ['tester'] });

test('what to type is told once the key is there', () => {
  expect(sshCommands(machine)).toEqual(['ssh tester@bench-1', 'ssh ops@bench-1']);
  expect(sshCommands(awaited)).toEqual([]);
});

test.each([
  [{ enabled: false, machines: [machine] }, 'SSH is off for you. An admin turns it on, with your public key.'],
  [{ enabled: true, problem: 'Its time is over.', machines: [machine] }, 'Its time is over.'],
  [{ enabled: true, machines: [machine] }, 'Your key is on your machine.'],
  [{ enabled: true, machines: [machine, awaited] }, 'Your key is on 1 of 2 machines yet.'],
])('%o: %s', (ssh, sentence) => {
  expect(sshSentence(create(TesterSshSchema, ssh))).toBe(sentence);
});
