import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { HostSchema, HostStatus } from '#proto/muster/v1/host_pb.js';
import { egressProblemOf } from './egress-offer.ts';

const host = (name: string, status: HostStatus, egress: boolean, egressProblem = '') =>
  create(HostSchema, { name, status, specs: { egress, egressProblem } });
const without = host('old', HostStatus.ONLINE, false, 'It needs nftables.');

test('a network is offered where one host that is online can give it, and the reason is told where none can', () => {
  expect(egressProblemOf([without, host('able', HostStatus.ONLINE, true)])).toBeUndefined();
  expect(egressProblemOf([without, host('away', HostStatus.UNREACHABLE, true)])).toBe(
    'No host that is online offers a network now. old: It needs nftables.',
  );
  expect(egressProblemOf([])).toBeUndefined();
});
