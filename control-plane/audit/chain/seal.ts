import { hash } from 'node:crypto';
import { encodeFields, type Field } from './encoding.ts';

/** How rows are encoded today. A seal names its version, so that later ones leave older seals valid. */
export const sealVersion = 1;

/** A row as it is sealed. Numbers as decimal text; null only where the database has null. */
export interface SealedRow {
  readonly eventId: string;
  /** Microseconds since 1970. */
  readonly atMicros: string | null;
  readonly actor: string | null;
  readonly credentialId: string | null;
  readonly action: string | null;
  readonly target: string | null;
  readonly teamId: string | null;
  readonly outcome: string | null;
  readonly requestId: string | null;
  readonly originDigest: Uint8Array | null;
  readonly contentDigest: Uint8Array | null;
}

/** Where a call came from, with the salt that keeps its digest from being guessed once it is erased. */
export interface Origin {
  readonly salt: string;
  readonly address: string;
  readonly userAgent: string;
}

/** What a call changed, as the very JSON text that is stored. */
export interface Content {
  readonly salt: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
}

const digest = (fields: readonly Field[]): Buffer => hash('sha256', encodeFields(fields), 'buffer');

export const digestOrigin = (origin: Origin): Buffer =>
  digest(['muster-audit-origin-v1', origin.salt, origin.address, origin.userAgent]);

export const digestContent = (content: Content): Buffer =>
  digest(['muster-audit-content-v1', content.salt, content.before, content.after, content.reason]);

/** What stands before the first seal: chains of two installations share no seal. */
export const genesis = (installationId: string): Buffer => digest(['muster-audit-genesis-v1', installationId]);

/** The seal of a row at its position, given the seal before it; undefined for a version that is not known. */
export function sealOf(
  previous: Uint8Array,
  position: bigint,
  row: SealedRow,
  version = sealVersion,
): Buffer | undefined {
  if (version !== sealVersion) return undefined;
  return digest([
    'muster-audit-seal-v1',
    previous,
    String(position),
    row.eventId,
    row.atMicros,
    row.actor,
    row.credentialId,
    row.action,
    row.target,
    row.teamId,
    row.outcome,
    row.requestId,
    row.originDigest,
    row.contentDigest,
  ]);
}
