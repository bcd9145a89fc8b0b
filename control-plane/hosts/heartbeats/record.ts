import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { HeartbeatRequest } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { HostCaller } from '../../access/index.ts';
import type { Context } from '../../context.ts';
import { confirmGeneration } from '../enrolment/confirm.ts';
import { hostDeleted, refreshRequired } from '../enrolment/refusals.ts';
import { cleanSpecs, cleanText } from '../specs.ts';
import type { HeartbeatWriter, WrittenBeat } from './writer.ts';

/** What a host is told when it has said that it lives. */
export interface BeatReply {
  readonly nextInMs: number;
  readonly serverTime: Date;
  readonly refreshNow: boolean;
  /** To be signed with the next reports. Empty where this one did not count. */
  readonly reportNonce: Uint8Array;
  /** How new the database is, to be shown with the next one. */
  readonly state: WrittenBeat['state'];
}

const jitter = 0.2;
/** An instance came back that another one had followed: the next beats show whether both live. */
const doubtfulIntervalMs = 5_000;

function nextBeatIn({ config }: Context, { quarantined, instanceReturns }: WrittenBeat): number {
  const interval =
    !quarantined && instanceReturns > 0
      ? Math.min(doubtfulIntervalMs, config.heartbeatIntervalMs)
      : config.heartbeatIntervalMs;
  return interval * (1 - jitter + 2 * jitter * Math.random());
}

/** Writes a heartbeat. Throws REFRESH_REQUIRED where the token's epoch is over, a signed HOST_DELETED where the host is. */
export async function recordHeartbeat(
  context: Context,
  caller: HostCaller,
  request: HeartbeatRequest,
  writer: HeartbeatWriter,
): Promise<BeatReply> {
  const { hostId, epoch, generation } = caller;
  const answer = await writer.write({
    hostId,
    epoch,
    generation,
    bootId: cleanText(request.bootId, 64),
    instanceId: cleanText(request.instanceId, 64),
    sequence: request.sequence,
    sentAtMs:
      request.sentAt && Number.isFinite(timestampDate(request.sentAt).getTime())
        ? timestampDate(request.sentAt).getTime()
        : undefined,
    digest: request.inventoryDigest,
    specs: request.specs && cleanSpecs(request.specs),
    reports: request.components,
    access: request.access,
    proof: request.reportProof,
    seen: request.seen,
  });
  if (answer?.status === 'deleted')
    throw hostDeleted(context, { hostId, enrolmentId: answer.enrolmentId, nonce: new Uint8Array() });
  if (!answer || answer.epoch !== epoch) throw refreshRequired();
  // In a transaction of its own, once per rotation: the batch locks no families.
  if (answer.pendingGeneration === generation) await confirmGeneration(context, hostId, generation);
  return {
    nextInMs: nextBeatIn(context, answer),
    state: answer.state,
    serverTime: answer.now,
    reportNonce: answer.nextNonce ?? new Uint8Array(),
    // A newer generation was confirmed: this token is an older one, perhaps a copy's.
    refreshNow: answer.currentGeneration !== null && generation < answer.currentGeneration,
  };
}
