import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, FleetHostSchema } from '#proto/muster/v1/fleet_pb.js';
import { whoRuns } from './who-runs.ts';

test('who runs a commit is who reports it now; silence and other repositories count for nothing', () => {
  const host = (hostName: string, state: ComponentState, sha: string, repository = 'web') =>
    create(FleetHostSchema, {
      hostId: `host-${hostName}`,
      hostName,
      components: [{ component: 'app', repository, state, running: { sha } }],
    });
  const runners = whoRuns(
    [
      host('one', ComponentState.CURRENT, 'a'),
      host('two', ComponentState.BEHIND, 'b'),
      host('three', ComponentState.CURRENT, 'a'),
      host('silent', ComponentState.STALE, 'a'),
      host('other', ComponentState.CURRENT, 'a', 'lab'),
    ],
    'web',
  );
  expect([...runners].map(([sha, its]) => [sha, its.map(({ hostName }) => hostName)])).toEqual([
    ['a', ['one', 'three']],
    ['b', ['two']],
  ]);
});
