import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { CommitSchema, ComponentState, FleetHostSchema, type FleetComponentSchema } from '#proto/muster/v1/fleet_pb.js';
import { commitsRun, standingWords, statesOf } from './commits-run.ts';

const { CURRENT, BEHIND, DIVERGED, DIRTY, STALE, UNKNOWN_SHA, PINNED } = ComponentState;

const host = (
  hostName: string,
  state: ComponentState,
  sha: string,
  more: MessageInitShape<typeof FleetComponentSchema>,
) =>
  create(FleetHostSchema, {
    hostName,
    components: [
      { component: 'other', state: CURRENT },
      { ...more, component: 'web', state, running: create(CommitSchema, { sha }) },
    ],
  });

const fleet = [
  host('stale', STALE, 'head', {}),
  host('nowhere', UNKNOWN_SHA, 'lost', {}),
  host('beside', DIVERGED, 'side', { ahead: 1, behind: 2 }),
  host('far', BEHIND, 'old', { behind: 9 }),
  host('near', BEHIND, 'last', { behind: 1 }),
  host('good', CURRENT, 'head', {}),
  host('patched', DIRTY, 'head', {}),
  host('held', PINNED, 'last', { pin: { sha: 'last' } }),
];

test('commits stand from the head on, then beside it, then what is unknown; what is stale proves none', () => {
  const runs = commitsRun(fleet, 'web', 'head');
  expect(runs.map((run) => [standingWords(run, 'main'), run.hosts.map(({ hostName }) => hostName).join(' ')])).toEqual([
    ['The head of main', 'good patched'],
    ['1 behind main', 'near held'],
    ['9 behind main', 'far'],
    ['Beside main: 1 ahead, 2 behind', 'beside'],
    ['Nothing is known of how it stands to main', 'nowhere'],
    ['What runs there cannot be told now', 'stale'],
  ]);
  expect(statesOf(runs[0]!, 'web')).toEqual([
    [CURRENT, 1],
    [DIRTY, 1],
  ]);
});

test('a component that nobody reports runs no commit', () => {
  expect(commitsRun(fleet, 'elsewhere', 'head')).toEqual([]);
});
