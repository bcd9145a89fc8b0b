/** What a team uses. */
export interface TeamUsage {
  readonly sandboxes: number;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly snapshots: number;
  /** Of its own. */
  readonly hosts: number;
}

/** What a team may use; 0 means no limit of its own. */
export interface TeamQuota extends TeamUsage {
  /** Whether its sandboxes may live without an end. */
  readonly noExpiry: boolean;
}

/** A team that stands. */
export interface TeamRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly invitePolicy: 'admins' | 'members';
  readonly requireSecondFactor: boolean;
  readonly ownHosts: boolean;
  readonly quotaSandboxes: number;
  readonly quotaCpuMillis: number;
  readonly quotaMemoryMib: number;
  readonly quotaDiskMib: number;
  readonly quotaSnapshots: number;
  readonly quotaNoExpiry: boolean;
  readonly quotaHosts: number;
  readonly members: number;
  readonly createdAt: Date;
}
