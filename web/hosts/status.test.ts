import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { HostSchema, HostStatus } from '#proto/muster/v1/host_pb.js';
import { hostConcerns } from './status.ts';

const concerns = (host: MessageInitShape<typeof HostSchema>) =>
  hostConcerns(create(HostSchema, { status: HostStatus.ONLINE, connected: true, ...host }));

test.each([
  [0n, undefined],
  [30_000n, undefined],
  [-30_000n, undefined],
  [30_001n, 'Its clock is 30 s ahead.'],
  [-45_600n, 'Its clock is 46 s behind.'],
  [86_400_000n, 'Its clock is 86400 s ahead.'],
])('a clock that is %d ms ahead is warned about from 30 s on', (clockSkewMs, begins) => {
  const [first, ...others] = concerns({ clockSkewMs });
  expect(first?.slice(0, begins?.length)).toBe(begins);
  expect(others).toEqual([]);
});

test('all that keeps a host from its work is named', () => {
  expect(
    concerns({
      quarantined: true,
      quarantineReason: 'Two agents took turns.',
      cordoned: true,
      cordonReason: 'new disks',
      connected: false,
    }),
  ).toEqual([
    expect.stringMatching(/^Quarantined: Two agents took turns\./),
    'Cordoned: new disks',
    expect.stringMatching(/connection for sandboxes does not stand/),
  ]);
});
