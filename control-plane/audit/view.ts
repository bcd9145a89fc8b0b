import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  AuditFindingKind,
  AuditOutcome as WireOutcome,
  type AuditCheckpointSchema,
  type AuditCheckpoint,
  type AuditEventSchema,
  type AuditFilter as WireFilter,
  type AuditFindingSchema,
  type VerifyAuditResultSchema,
} from '#proto/muster/v1/audit_pb.js';
import { invalidField } from '../errors.ts';
import type { Checkpoint } from './chain/checkpoint.ts';
import type { Finding, FindingKind } from './chain/findings.ts';
import type { VerifyResult } from './chain/verify.ts';
import type { AuditEvent, AuditFilter } from './event.ts';
import type { AuditOutcome } from './record.ts';
import type { Scope } from './scope.ts';

const outcomes = { done: WireOutcome.DONE, denied: WireOutcome.DENIED, failed: WireOutcome.FAILED } satisfies Record<
  AuditOutcome,
  WireOutcome
>;

export function eventToProto(event: AuditEvent): MessageInitShape<typeof AuditEventSchema> {
  return {
    id: event.id,
    position: BigInt(event.position ?? 0),
    at: timestampOf(BigInt(event.atMicros)),
    actor: subject(event.actor, event.actorName),
    credentialId: event.credentialId ?? '',
    action: event.action,
    target: subject(event.target, event.targetName),
    team: subject(event.teamId, event.teamName),
    outcome: outcomes[event.outcome],
    before: object(event.before),
    after: object(event.after),
    reason: event.reason ?? '',
    requestId: event.requestId ?? '',
    address: event.address ?? '',
    userAgent: event.userAgent ?? '',
    originErased: event.originErased,
    contentErased: event.contentErased,
    seal: event.seal ?? new Uint8Array(),
  };
}

const subject = (id: string | null, name: string | null) => (id === null ? undefined : { id, name: name ?? '' });

type JsonObject = MessageInitShape<typeof AuditEventSchema>['before'];

/** The recorder writes objects only; what somebody has put there instead is not shown. */
function object(json: string | null): JsonObject {
  const value: unknown = json === null ? undefined : JSON.parse(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined; // JSON.parse makes nothing but JSON
}

const microsPerSecond = 1_000_000n;

/** Years 1 to 9999: what a Timestamp may be, and what the database takes. */
const earliest = -62_135_596_800n;
const latest = 253_402_300_799n;

function timestampOf(micros: bigint): MessageInitShape<typeof AuditEventSchema>['at'] {
  const rest = ((micros % microsPerSecond) + microsPerSecond) % microsPerSecond;
  const seconds = (micros - rest) / microsPerSecond;
  return seconds < earliest || seconds > latest ? undefined : { seconds, nanos: Number(rest) * 1000 };
}

function microsOf(field: string, timestamp: Timestamp | undefined): bigint | undefined {
  if (!timestamp) return undefined;
  const { seconds, nanos } = timestamp;
  if (seconds < earliest || seconds > latest || nanos < 0 || nanos > 999_999_999)
    throw invalidField(field, 'This is no moment between the years 1 and 9999.');
  return seconds * microsPerSecond + BigInt(Math.trunc(nanos / 1000));
}

/** A filter as the caller asked for it, within what it may read. */
export function filterFrom(asked: WireFilter | undefined, scope: Scope): AuditFilter {
  const names = Object.keys(outcomes) as AuditOutcome[]; // the table's own keys
  return {
    actor: asked?.actor ?? '',
    actionPrefix: asked?.actionPrefix ?? '',
    target: asked?.target ?? '',
    teamId: scope.kind === 'team' ? scope.teamId : undefined,
    outcomes: names.filter((name) => asked?.outcomes.includes(outcomes[name])),
    sinceMicros: microsOf('filter.since', asked?.since),
    untilMicros: microsOf('filter.until', asked?.until),
  };
}

const kinds = {
  changed: AuditFindingKind.CHANGED,
  missing: AuditFindingKind.MISSING,
  seal_missing: AuditFindingKind.SEAL_MISSING,
  forked: AuditFindingKind.FORKED,
  unknown_version: AuditFindingKind.UNKNOWN_VERSION,
  unsealed: AuditFindingKind.UNSEALED,
  lost: AuditFindingKind.LOST,
  origin_changed: AuditFindingKind.ORIGIN_CHANGED,
  origin_missing: AuditFindingKind.ORIGIN_MISSING,
  content_changed: AuditFindingKind.CONTENT_CHANGED,
  content_missing: AuditFindingKind.CONTENT_MISSING,
  erasure_unproven: AuditFindingKind.ERASURE_UNPROVEN,
  shortened: AuditFindingKind.SHORTENED,
  rewritten: AuditFindingKind.REWRITTEN,
  checkpoint_invalid: AuditFindingKind.CHECKPOINT_INVALID,
  checkpoint_missing: AuditFindingKind.CHECKPOINT_MISSING,
  checkpoint_unreadable: AuditFindingKind.CHECKPOINT_UNREADABLE,
} satisfies Record<FindingKind, AuditFindingKind>;

export const findingToProto = ({
  kind,
  position,
  eventId,
  sentence,
}: Finding): MessageInitShape<typeof AuditFindingSchema> => ({
  kind: kinds[kind],
  position: position ?? 0n,
  eventId: eventId ?? '',
  sentence,
});

export const resultToProto = (
  result: VerifyResult,
  sentence: string,
): MessageInitShape<typeof VerifyAuditResultSchema> => ({
  intact: result.intact,
  sentence,
  rows: BigInt(result.rows),
  findings: BigInt(result.findings),
  tailSeal: result.tail?.seal ?? new Uint8Array(),
  waiting: BigInt(result.waiting),
  waitingSince: result.waitingSince ? timestampFromDate(result.waitingSince) : undefined,
  erasedOrigins: BigInt(result.erasedOrigins),
  erasedContents: BigInt(result.erasedContents),
  checkpoints: BigInt(result.checkpoints),
  keptCheckpoints: BigInt(result.keptCheckpoints),
  newestCheckpoint: result.newestCheckpoint && checkpointToProto(result.newestCheckpoint),
});

const checkpointToProto = (checkpoint: Checkpoint): MessageInitShape<typeof AuditCheckpointSchema> => ({
  installationId: checkpoint.installationId,
  position: checkpoint.position,
  seal: checkpoint.seal,
  signedAtMicros: checkpoint.signedAtMicros,
  signature: checkpoint.signature,
});

export const checkpointFrom = ({
  installationId,
  position,
  seal,
  signedAtMicros,
  signature,
}: AuditCheckpoint): Checkpoint => ({
  installationId,
  position,
  seal,
  signedAtMicros,
  signature,
});
