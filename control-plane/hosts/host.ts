export const hostStatuses = ['pending', 'online', 'unreachable', 'deleted'] as const;
export type HostStatus = (typeof hostStatuses)[number];

/** What a machine has, as its agent reported it, made safe to store. */
export interface Specs {
  readonly arch: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly os: string;
  readonly kernel: string;
  readonly hostname: string;
  readonly agentVersion: string;
  readonly agentSha: string;
  readonly runtime: string;
  readonly runtimeProblem: string;
  readonly egress: boolean;
  readonly egressProblem: string;
  readonly templates: readonly string[];
  /** Digests of layers that were made or received there, and of the templates that it made for itself. */
  readonly layers: readonly string[];
  readonly templateDigests: readonly string[];
}

/** How much of a host may be promised, as a multiple of what it has. */
export interface Overcommit {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** A host as pages show it. */
export interface Host {
  readonly id: string;
  readonly name: string;
  /** Null for the platform's own. */
  readonly teamId: string | null;
  readonly teamName: string | null;
  readonly status: HostStatus;
  readonly connected: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Null until its agent has joined. */
  readonly specs: Specs | null;
  readonly overcommit: Overcommit;
  readonly usage: {
    readonly sandboxes: number;
    readonly cpuMillis: number;
    readonly memoryMib: number;
    readonly diskMib: number;
  };
  readonly cordonReason: string | null;
  readonly quarantined: boolean;
  readonly createdAt: Date;
  readonly joinedAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly clockSkewMs: number;
  readonly lastReconcile: string;
  readonly lastReconciledAt: Date | null;
  readonly joinTokenExpiresAt: Date | null;
}
