/** What a sandbox uses at one moment, as it is counted. */
export interface Counters {
  /** Processor time, ever growing. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly files: number;
  readonly pids: number;
  /** Bytes over its network, ever growing. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What a sandbox used in a second or a minute; of a minute the most, but for `cpu` and the bytes of its network. */
export interface Sample {
  /** The end of that time. */
  readonly at: Date;
  /** Processors, on average. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly files: number;
  readonly pids: number;
  /** Bytes over its network in that time. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export type Resolution = 'second' | 'minute';
