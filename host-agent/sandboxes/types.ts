import type { TemplateSource } from '../templates/index.ts';
import type { SandboxFiles } from '../files/index.ts';
import type { Resolution, Sample } from '../metrics/index.ts';
import type { ProcessView, SandboxProcesses } from '../processes/index.ts';
import type { CgroupTotals } from '../runtime/index.ts';
import type { PortConnection } from '../init/index.ts';
import type { SandboxWork } from './work.ts';
import type { NetworkPolicy } from '../network/index.ts';
import type { SandboxKeys } from './keys.ts';

/** What a sandbox may use; enforced by the kernel. `cpu` is in processors. */
export interface SandboxLimits {
  readonly cpu: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly pids: number;
}

/** What a sandbox is on its host. Destroyed ones are gone and stand among the ended attempts. */
export type SandboxState = 'pending' | 'running' | 'paused' | 'stopped' | 'failed';

/** What becomes of a sandbox while the control plane cannot be reached. */
export type OnDisconnect = 'pause' | 'keep';

/** What `create` needs. The pair (sandboxId, attempt) is its identity. */
export interface SandboxSpec {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly template: string;
  /** Digests of the layers that it stands on, bottom first; the template's own where undefined. */
  readonly layers?: readonly string[] | undefined;
  readonly limits: SandboxLimits;
  readonly env: Readonly<Record<string, string>>;
  /** Of its team; none where undefined. */
  readonly keys?: SandboxKeys | undefined;
  readonly hostname: string;
  readonly onDisconnect: OnDisconnect;
  /** What it may reach; nothing where undefined. */
  readonly network?: NetworkPolicy | undefined;
  /** The control plane's number of that. */
  readonly networkRevision?: number | undefined;
  /** Life from the start of the call; undefined: it does not expire. */
  readonly expiresInMs?: number | undefined;
  /** What becomes of it then while the control plane is lost; undefined: nothing, the control plane is waited for. */
  readonly onExpiry?: ExpiryAction | undefined;
}

/** What becomes of a sandbox whose time is over. */
export type ExpiryAction = 'destroy' | 'stop' | 'pause';

/** When a sandbox ends, as the control plane has said it. */
export interface Expiry {
  readonly sandboxId: string;
  readonly attempt: number;
  /** From now; undefined: it does not. */
  readonly expiresInMs: number | undefined;
  readonly onExpiry: ExpiryAction | undefined;
}

/** A sandbox as its host sees it. */
export interface SandboxView {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly state: SandboxState;
  /** Grows with every change of this sandbox; survives a restart of the agent. */
  readonly revision: number;
  /** Why it is in this state, in one sentence. */
  readonly reason: string;
  /** Whether the agent paused it by itself (`pauseAll`). */
  readonly pausedByAgent: boolean;
  /** The control plane's number of the network that it has. */
  readonly networkRevision: number;
  /** The control plane's number of the keys that it has. */
  readonly keysRevision: number;
  readonly onDisconnect: OnDisconnect;
  readonly changedAt: Date;
  /** When something last ran in it. */
  readonly lastActivityAt: Date;
}

/** An attempt that is over on this host and will never be started again. Remembered for 7 days. */
export interface EndedAttempt {
  readonly sandboxId: string;
  readonly attempt: number;
}

/** All sandboxes of this data directory, sorted by id. */
export interface Inventory {
  readonly sandboxes: readonly SandboxView[];
  readonly ended: readonly EndedAttempt[];
  /** SHA-256 over what stands in `sandboxes` apart from `lastActivityAt`. */
  readonly digest: Uint8Array;
}

/** What this host can do with sandboxes. */
export interface Capabilities {
  /** `crun 1.8.1`; empty where nothing can be started. */
  readonly runtime: string;
  /** Why nothing can be started and what to do about it; empty where `runtime` is set. */
  readonly runtimeProblem: string;
  /** Names of the templates that are ready. */
  readonly templates: readonly string[];
  /** Digests of the layers that are here, made or received, and can be removed. */
  readonly layers: readonly string[];
  /** Digests of the templates that this machine made for itself. */
  readonly templateDigests: readonly string[];
  /** Why sandboxes cannot have a network; empty where they can. */
  readonly egressProblem: string;
}

/** A TCP port that something listens on, as a connection from the sandbox's own loopback reaches it. */
export interface ListeningPort {
  readonly port: number;
  readonly addresses: readonly string[];
  /** The name of the process; empty where it is unknown. */
  readonly process: string;
}

/** A command to run in a sandbox. */
export interface RunSpec {
  readonly argv: readonly string[];
  /** Added to the sandbox's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The user's home where empty. */
  readonly cwd?: string | undefined;
  /** By name or number; root of the sandbox where empty. */
  readonly user?: string | undefined;
  /** Its standard input; the whole of it unless that is kept open. */
  readonly stdin?: Uint8Array | undefined;
  readonly keepStdinOpen?: boolean | undefined;
  /** It is killed then; no limit of its own where undefined. */
  readonly timeoutMs?: number | undefined;
}

/** What a command did: `started` first, `exit` last. */
export type RunEvent =
  | {
      readonly type: 'started';
      /** Inside the sandbox. */
      readonly pid: number;
      /** For its input and signals; empty where it could not be started. */
      readonly processId: string;
    }
  | { readonly type: 'stdout'; readonly data: Uint8Array }
  | { readonly type: 'stderr'; readonly data: Uint8Array }
  | {
      readonly type: 'exit';
      /** 128 + n where signal n ended it. */
      readonly code: number;
      /** `SIGKILL`; empty where it exited. */
      readonly signal: string;
      readonly timedOut: boolean;
      readonly durationMs: number;
      /** Which limit of the sandbox ended it; undefined where none did. */
      readonly reason?: string | undefined;
    };

/** What a sandbox uses and has used. */
export interface SandboxMetrics {
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** What its limits have cost it since it was started; undefined while it is stopped. */
  readonly totals: CgroupTotals | undefined;
  /** Since when this agent has measured it. */
  readonly measuredSince: Date;
  /** What its volume has room for; 0 while it is stopped. */
  readonly diskSizeBytes: number;
  readonly filesLimit: number;
}

/** Which logs of a sandbox, and how much of each. */
export interface LogRequest {
  /** The sandbox's own and those of all processes where empty. */
  readonly processId: string;
  readonly tailBytes: number;
}

/** A part of a log; the sandbox's own log has no streams. */
export interface LogPart {
  readonly stream: 'stdout' | 'stderr' | undefined;
  readonly data: Uint8Array;
}

/** What a sandbox and its processes wrote last. */
export interface SandboxLogs {
  readonly logs: readonly {
    /** Undefined for the sandbox's own log. */
    readonly process: ProcessView | undefined;
    readonly parts: readonly LogPart[];
    /** Bytes before the first part. */
    readonly omittedBytes: number;
  }[];
  /** Why processes are missing, in one sentence; empty where none are. */
  readonly missing: string;
}

/** Where the making of a template stands. `percent` is a guess. */
export interface TemplateProgress {
  readonly template: string;
  readonly message: string;
  readonly percent: number;
}

/** Why a call on a sandbox was refused. */
export type SandboxErrorReason =
  | 'not_found'
  | 'wrong_state'
  | 'no_runtime'
  | 'template_missing'
  | 'bad_layer'
  | 'runtime_failed'
  | 'nothing_listens'
  | 'limit';

/** A refusal with its reason; the message tells the user what to do next. */
export class SandboxError extends Error {
  readonly reason: SandboxErrorReason;

  constructor(reason: SandboxErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SandboxError';
    this.reason = reason;
  }
}

/** What the driver tells about itself, as lines for a log. */
export interface SandboxLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Where and how sandboxes run; each agent on a machine has its own data directory, cgroup and ids. */
export interface SandboxOptions {
  /** The agent's data directory, absolute; ours is `sandboxes/` below it. */
  readonly dataDir: string;
  /** Shared by the agents of a machine: templates and the compiled init. */
  readonly cacheDir: string;
  /** `crun`, `runc` or a path; found by itself where undefined. */
  readonly runtime?: string | undefined;
  /** Parent of the sandboxes' cgroups, of this agent alone: `muster-agent-a`. */
  readonly cgroupParent: string;
  /** Host ids of the sandboxes: 65,536 each from `first` on. Of this agent alone. */
  readonly ids: { readonly first: number; readonly sandboxes: number };
  /** How many creates and destroys do their work at once; the others wait. */
  readonly concurrency?: number | undefined;
  /** Whether sandboxes can have a network where the machine can give them one; `none` where undefined. */
  readonly network?: 'egress' | 'none' | undefined;
  /** Who is asked about names; the machine's own nameservers where undefined. */
  readonly nameservers?: readonly string[] | undefined;
  /** Whether a sandbox's disk space is taken at once (default), so that a promise of space is kept. */
  readonly reserveDisk?: boolean | undefined;
  /** How much a template that is built here may hold, unpacked; 20 GiB where undefined. */
  readonly templateMib?: number | undefined;
  /** The machine's present boot; asked of the kernel where undefined. */
  readonly bootId?: string | undefined;
  readonly log?: SandboxLog | undefined;
}

/** The layers of a host, by their digests. */
export interface HostLayers {
  /** Makes one that is here ready, and says how far it is otherwise. Throws `bad_layer`. */
  prepare(digest: string): Promise<{ readonly ready: boolean; readonly receivedBytes: number }>;
  /** Its archive, from an offset on. Throws `template_missing`. */
  read(digest: string, offset: number): AsyncIterable<Uint8Array>;
  /** Receives one from where it was left off. Throws `wrong_state` (another offset), `bad_layer`. */
  receive(
    begin: { readonly digest: string; readonly sizeBytes: number; readonly offset: number },
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ready: boolean }>;
  /** Builds a root and makes a layer of it; answers its digest. Throws `wrong_state` (this machine lacks what it takes), `runtime_failed`. */
  build(source: TemplateSource, tell: (message: string, percent: number) => void, signal: AbortSignal): Promise<string>;
  /** Idempotent. Throws `wrong_state` where a sandbox stands on it. */
  remove(digest: string): Promise<void>;
}

/** The sandboxes of one data directory. The caller sees to it that no other process has it open. */
export interface Sandboxes {
  capabilities(): Capabilities;

  /** Makes a template ready (`base` takes a minute or two the first time on a machine). Idempotent. */
  prepareTemplate(name: string, onProgress?: (progress: TemplateProgress) => void, signal?: AbortSignal): Promise<void>;

  inventory(): Inventory;

  /**
   * Makes and starts a sandbox; answers when it runs. Idempotent by (sandboxId, attempt).
   * Throws `wrong_state` (that attempt has ended or failed, or another one is here), `no_runtime`, `template_missing`,
   * `runtime_failed`. After any of these the attempt is over.
   */
  create(spec: SandboxSpec): Promise<SandboxView>;

  /** Freezes. Idempotent; also for one that the agent paused, which is from then on paused by its user. Throws `not_found`, `wrong_state`. */
  pause(sandboxId: string, attempt: number): Promise<SandboxView>;

  /** Thaws. Idempotent. Throws `not_found`, `wrong_state`. */
  resume(sandboxId: string, attempt: number): Promise<SandboxView>;

  /** Ends its processes and keeps its files. Idempotent. Throws `not_found`, `wrong_state`. */
  stop(sandboxId: string, attempt: number): Promise<SandboxView>;

  /** Starts a stopped one on its files. Idempotent. Throws `not_found`, `wrong_state`, `runtime_failed` (it stays stopped). */
  start(sandboxId: string, attempt: number): Promise<SandboxView>;

  /**
   * Copies what it has written above what it stands on, frozen meanwhile. Idempotent by the snapshot's id. Answers the
   * layers, bottom first, with the copy as the last. Throws `not_found`, `wrong_state`, `runtime_failed`.
   */
  snapshot(
    sandboxId: string,
    attempt: number,
    snapshotId: string,
  ): Promise<{ readonly layers: readonly string[]; readonly sizeBytes: number }>;

  /** Layers that sandboxes stand on. */
  readonly layers: HostLayers;

  /** Ends it, removes its files and remembers that it did. Idempotent; an attempt that is not here is remembered as ended. */
  destroy(sandboxId: string, attempt: number): Promise<{ readonly lastLog: string }>;

  /**
   * Runs a command. Leaving the iteration, or the signal, kills it with all that it started in its process group.
   * Slow readers slow the command down. Throws `not_found`, `wrong_state` (paused, failed), `runtime_failed` (the
   * sandbox ended underneath).
   */
  run(sandboxId: string, spec: RunSpec, signal?: AbortSignal): AsyncIterable<RunEvent>;

  /** Its processes. Throws `not_found`, `wrong_state` (paused, failed), `runtime_failed`; their methods throw `ProcessError`. */
  processes(sandboxId: string): Promise<SandboxProcesses>;

  /** Its files. Throws `not_found`, `wrong_state` (paused, failed), `runtime_failed`; their methods throw `FileError`. */
  files(sandboxId: string): Promise<SandboxFiles>;

  /** Connects to a TCP port on its loopback. Throws `not_found`, `wrong_state`, `nothing_listens`, `limit`, `runtime_failed`. */
  connectPort(sandboxId: string, port: number): Promise<PortConnection>;

  /** TCP ports that something listens on. Throws `not_found`, `wrong_state`. */
  listPorts(sandboxId: string): Promise<ListeningPort[]>;

  /** What it uses, and what is remembered of that after a time. Throws `not_found`. */
  metrics(sandboxId: string, resolution: Resolution, after?: Date): SandboxMetrics;

  /** What goes on in those that run and answer in time. */
  work(): Promise<SandboxWork[]>;
  /** What it and its processes wrote last. Throws `not_found`; with a process id `wrong_state`, `ProcessError`. */
  logs(sandboxId: string, request: LogRequest): Promise<SandboxLogs>;

  /**
   * Sets what it may reach, also while it runs. Idempotent; an older revision changes nothing. Throws `not_found`,
   * `wrong_state` (also where this machine cannot do it), `runtime_failed`.
   */
  setNetwork(sandboxId: string, attempt: number, network: NetworkPolicy, revision: number): Promise<SandboxView>;

  /**
   * Gives it the keys of its team, for every process from then on and in their file. Idempotent; an older revision changes
   * nothing. Throws `not_found`, `wrong_state`, `runtime_failed`.
   */
  setKeys(sandboxId: string, attempt: number, keys: SandboxKeys): Promise<SandboxView>;

  /** Sets when sandboxes end. What was said earlier than what is known changes nothing; sandboxes that are not here are passed over. */
  setExpiries(expiries: readonly Expiry[], saidAt: number): Promise<void>;

  /** Freezes those that run though their time is over: as `pauseAll` does, or for good where they are to be paused. Answers their ids. */
  freezeExpired(): Promise<readonly string[]>;

  /** Does what is to become of those whose time is over. Idempotent. Answers the ids of those that it was done to. */
  endExpired(): Promise<readonly string[]>;

  /** Freezes all that run, journals which. `why` becomes their reason. Those with `onDisconnect: 'keep'` only where `evenKept`. */
  pauseAll(why: string, options?: { readonly evenKept?: boolean }): Promise<void>;

  /** Thaws exactly those that the agent froze by itself, nobody has paused since, and whose time is not over. */
  resumePausedByAgent(): Promise<void>;

  /** Calls the listener after every change of any sandbox. Answers how to stop that. */
  onChange(listener: (view: SandboxView | EndedAttempt) => void): () => void;

  /** Lets go of everything; the sandboxes run on and are adopted by the next `openSandboxes`. */
  close(): Promise<void>;
}
