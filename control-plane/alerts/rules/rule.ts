export type KindName =
  | 'diverged'
  | 'dirty'
  | 'rewritten'
  | 'behind'
  | 'stale'
  | 'host_unreachable'
  | 'disruption'
  | 'rollout_failed'
  | 'silent_sandbox'
  | 'host_quarantined'
  | 'second_agent'
  | 'unknown_sandboxes'
  | 'drain_gave_up'
  | 'drift'
  | 'certificate';

/** What is looked for, for how long it has to last, where, and who is told. */
export interface AlertRule {
  readonly id: string;
  readonly name: string;
  readonly kind: KindName;
  readonly holdMs: number;
  /** Empty: of all. */
  readonly repository: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Empty: all channels. */
  readonly channelIds: readonly string[];
  readonly enabled: boolean;
  readonly tellResolved: boolean;
  readonly updatedAt: Date;
  /** How many of its alerts fire now. */
  readonly firing: number;
}
