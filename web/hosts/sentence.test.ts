import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { HostSchema, HostStatus } from '#proto/muster/v1/host_pb.js';
import { hostsSentence } from './sentence.ts';

const host = (status: HostStatus, cordoned = false) =>
  create(HostSchema, { id: `host${Math.random()}`, status, cordoned });
const { ONLINE, UNREACHABLE, PENDING } = HostStatus;

test.each([
  [[host(ONLINE)], 'The one machine is online.'],
  [[host(ONLINE), host(ONLINE)], 'All 2 machines are online.'],
  [[host(ONLINE), host(UNREACHABLE)], '1 of 2 machines is online; 1 is unreachable.'],
  [
    [host(ONLINE, true), host(ONLINE), host(PENDING)],
    'All 2 machines are online; 1 takes no new sandboxes; 1 waits to join.',
  ],
  [[host(PENDING), host(PENDING)], '2 machines wait to join.'],
])('%#: the sentence counts what is there', (hosts, sentence) => {
  expect(hostsSentence(hosts)).toBe(sentence);
});
