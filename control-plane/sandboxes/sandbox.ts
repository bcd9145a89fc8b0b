import type { JsonValue } from '@bufbuild/protobuf';

export const wantedStates = ['running', 'paused', 'stopped', 'destroyed'] as const;
export type WantedState = (typeof wantedStates)[number];

export const observedStates = ['pending', 'running', 'paused', 'stopped', 'destroyed', 'failed', 'missing'] as const;
export type ObservedState = (typeof observedStates)[number];

/** Where a sandbox ends. */
export const endStates = ['destroyed', 'failed'] as const satisfies readonly ObservedState[];

export type OnDisconnect = 'pause' | 'keep';
export type ExpiryAction = 'destroy' | 'stop' | 'pause';

/** A sandbox as pages show it. */
export interface Sandbox {
  readonly id: string;
  readonly teamId: string;
  /** By name. */
  readonly createdBy: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly template: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly pids: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly network: 'none' | 'egress';
  /** In the words of the contract; null without egress. */
  readonly egress: JsonValue;
  /** A change of its network is recorded and not done yet. */
  readonly networkPending: boolean;
  readonly onDisconnect: OnDisconnect;
  readonly onExpiry: ExpiryAction;
  readonly autoResume: boolean;
  /** Null: use does not renew it. */
  readonly autoRenewMs: number | null;
  readonly wanted: WantedState;
  readonly observed: ObservedState;
  /** Of both states together. */
  readonly revision: number;
  readonly attempt: number;
  readonly reason: string;
  readonly createdAt: Date;
  /** Its place in the order, in microseconds: JavaScript's dates are too coarse for it. */
  readonly createdMicros: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly lastActivityAt: Date | null;
  /** Since when its work is silent; null where it is not. */
  readonly silentSince: Date | null;
}
