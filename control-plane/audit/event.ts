import type { AuditOutcome } from './record.ts';

/** An audit row as it is read: with what stands beside it, its place in the chain, and the names of what it names. */
export interface AuditEvent {
  readonly id: string;
  /** Null until it is sealed. */
  readonly position: string | null;
  readonly seal: Buffer | null;
  /** Microseconds since 1970. */
  readonly atMicros: string;
  readonly actor: string;
  readonly actorName: string | null;
  readonly credentialId: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly targetName: string | null;
  readonly teamId: string | null;
  readonly teamName: string | null;
  readonly outcome: AuditOutcome;
  readonly requestId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly originErased: boolean;
  /** JSON. */
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
  readonly contentErased: boolean;
}

/** Which rows; empty conditions do not count. */
export interface AuditFilter {
  readonly actor: string;
  readonly actionPrefix: string;
  readonly target: string;
  /** Undefined: of all teams, and of none. */
  readonly teamId: string | undefined;
  readonly outcomes: readonly AuditOutcome[];
  /** Microseconds since 1970. */
  readonly sinceMicros: bigint | undefined;
  readonly untilMicros: bigint | undefined;
}
