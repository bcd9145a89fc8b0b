import { timingSafeEqual } from 'node:crypto';
import { reportStatement, verifyStatement } from '#contract/statements.ts';
import type { Beat, BeatAnswer } from './heartbeat.ts';

/**
 * What backs a beat's reports: nothing but the host's token, its key, or a proof that is none. A nonce is good for the
 * beat after the answer that carried it, and for one more, since an answer may be lost; within an instance the sequence
 * keeps an older beat from counting again.
 */
export type Backing = 'none' | 'signed' | 'refused';

export function backingOf(installationId: string, { proof, ...beat }: Beat, answer: BeatAnswer): Backing {
  if (!proof) return 'none';
  const { publicKey, reportNonce, previousReportNonce } = answer;
  const given = [reportNonce, previousReportNonce].some((nonce) => nonce !== null && sameBytes(nonce, proof.nonce));
  if (!given || !publicKey) return 'refused';
  const statement = reportStatement({ installationId, ...beat, nonce: proof.nonce });
  return verifyStatement(statement, proof.signature, publicKey) ? 'signed' : 'refused';
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
