import {
  ExpiryAction as WireExpiryAction,
  ObservedState as WireObserved,
  OnDisconnect as WireOnDisconnect,
  WantedState as WireWanted,
} from '#proto/muster/v1/sandbox_pb.js';
import type { ExpiryAction, ObservedState, OnDisconnect, WantedState } from './sandbox.ts';

const observed = {
  pending: WireObserved.PENDING,
  running: WireObserved.RUNNING,
  paused: WireObserved.PAUSED,
  stopped: WireObserved.STOPPED,
  destroyed: WireObserved.DESTROYED,
  failed: WireObserved.FAILED,
  missing: WireObserved.MISSING,
} satisfies Record<ObservedState, WireObserved>;

const wanted = {
  running: WireWanted.RUNNING,
  paused: WireWanted.PAUSED,
  stopped: WireWanted.STOPPED,
  destroyed: WireWanted.DESTROYED,
} satisfies Record<WantedState, WireWanted>;

const onDisconnect = { pause: WireOnDisconnect.PAUSE, keep: WireOnDisconnect.KEEP } satisfies Record<
  OnDisconnect,
  WireOnDisconnect
>;

const observedNames = Object.keys(observed) as ObservedState[]; // the table's own keys

export const observedTo = (state: ObservedState): WireObserved => observed[state];
/** Undefined for a state that this version does not know. */
export const observedFrom = (state: WireObserved): ObservedState | undefined =>
  observedNames.find((name) => observed[name] === state);
export const wantedTo = (state: WantedState): WireWanted => wanted[state];
export const onDisconnectTo = (mode: OnDisconnect): WireOnDisconnect => onDisconnect[mode];
export const onDisconnectFrom = (mode: WireOnDisconnect): OnDisconnect =>
  mode === WireOnDisconnect.KEEP ? 'keep' : 'pause';

const onExpiry = {
  destroy: WireExpiryAction.DESTROY,
  stop: WireExpiryAction.STOP,
  pause: WireExpiryAction.PAUSE,
} satisfies Record<ExpiryAction, WireExpiryAction>;
const expiryActions = Object.keys(onExpiry) as ExpiryAction[]; // the table's own keys

export const onExpiryTo = (action: ExpiryAction): WireExpiryAction => onExpiry[action];
export const onExpiryFrom = (action: WireExpiryAction): ExpiryAction =>
  expiryActions.find((name) => onExpiry[name] === action) ?? 'destroy';
