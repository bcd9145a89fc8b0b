import type { KindName } from './rules/rule.ts';

/** Something that fires, or fired: all machines that are in the same trouble. */
export interface Alert {
  readonly id: string;
  /** Null where its rule is gone. */
  readonly ruleId: string | null;
  readonly ruleName: string;
  readonly kind: KindName;
  readonly digest: string;
  readonly state: 'firing' | 'resolved';
  readonly sentence: string;
  readonly repository: string;
  readonly sha: string;
  readonly members: number;
  readonly startedAt: Date;
  readonly toldAt: Date | null;
  readonly resolvedAt: Date | null;
}

/** What an alert is or was about. */
export interface Member {
  readonly alertId: string;
  readonly subject: string;
  readonly hostId: string;
  readonly name: string;
  readonly component: string;
  readonly sentence: string;
  readonly since: Date;
  readonly joinedAt: Date;
  readonly told: boolean;
  readonly leftAt: Date | null;
}
