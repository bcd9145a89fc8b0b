import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { ExpiryAction, ObservedState, type Sandbox, WantedState } from '#proto/muster/v1/sandbox_pb.js';

/** In which of the wanted states the end of a sandbox's time changes something. */
const changes: Readonly<Record<ExpiryAction, readonly WantedState[]>> = {
  [ExpiryAction.UNSPECIFIED]: [WantedState.RUNNING, WantedState.PAUSED, WantedState.STOPPED],
  [ExpiryAction.DESTROY]: [WantedState.RUNNING, WantedState.PAUSED, WantedState.STOPPED],
  [ExpiryAction.STOP]: [WantedState.RUNNING, WantedState.PAUSED],
  [ExpiryAction.PAUSE]: [WantedState.RUNNING],
};

/** What decides about a sandbox's end. */
type Life = Pick<Sandbox, 'wanted' | 'observed' | 'onExpiry' | 'expiresAt'>;

/** When the time of a sandbox ends it, stops it or pauses it; undefined where that will not be, or has been. */
export function comingEnd({ wanted, observed, onExpiry, expiresAt }: Life): Timestamp | undefined {
  const isOver = observed === ObservedState.DESTROYED || observed === ObservedState.FAILED;
  return !isOver && changes[onExpiry].includes(wanted) ? expiresAt : undefined;
}
