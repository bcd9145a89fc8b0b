import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ExpiryAction, ObservedState, SandboxSchema, WantedState } from '#proto/muster/v1/sandbox_pb.js';
import { comingEnd } from './expiry.ts';

const expiresAt = timestampFromMs(1_000_000);
const { DESTROY, STOP, PAUSE } = ExpiryAction;

test.each([
  [DESTROY, WantedState.RUNNING, true],
  [DESTROY, WantedState.PAUSED, true],
  [DESTROY, WantedState.STOPPED, true],
  [DESTROY, WantedState.DESTROYED, false],
  [STOP, WantedState.RUNNING, true],
  [STOP, WantedState.PAUSED, true],
  [STOP, WantedState.STOPPED, false],
  [PAUSE, WantedState.RUNNING, true],
  [PAUSE, WantedState.PAUSED, false],
  [PAUSE, WantedState.STOPPED, false],
] as const)(
  'with action %s at its end, one that is wanted in state %s has an end to come: %s',
  (onExpiry, wanted, comes) => {
    const sandbox = create(SandboxSchema, { onExpiry, wanted, observed: ObservedState.RUNNING, expiresAt });
    expect(comingEnd(sandbox)).toEqual(comes ? expiresAt : undefined);
    expect(comingEnd({ ...sandbox, observed: ObservedState.FAILED })).toBeUndefined();
    expect(comingEnd({ ...sandbox, expiresAt: undefined })).toBeUndefined();
  },
);
