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
  /** Programs that it lacks for building templates. */
  readonly missingBuilders: readonly string[];
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
  /** Of a host of the platform: the only team whose sandboxes are placed on it. */
  readonly assignedTeamId: string | null;
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
  readonly quarantineReason: string | null;
  readonly quarantinedAt: Date | null;
  /** Null where there is none. */
  readonly drain: HostDrain | null;
}

export type DrainAction = 'wait' | 'stop' | 'destroy';

/** A host's last drain; its times in milliseconds since 1970. */
export interface HostDrain {
  readonly state: 'draining' | 'drained' | 'gave_up';
  readonly action: DrainAction;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly deadlineAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly sandboxesAtStart: number;
  readonly sandboxesLeft: number;
  readonly progress: string;
}

/** What a host's agent proves itself with. */
export interface HostIdentity {
  readonly publicKey: Buffer;
  readonly enrolmentId: string;
  readonly families: number;
  readonly rotations: number;
  readonly lastRotatedAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  readonly epoch: number;
  readonly locked: boolean;
}
