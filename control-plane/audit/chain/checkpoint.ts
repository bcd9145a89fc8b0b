import { signStatement, verifyStatement } from '#contract/statements.ts';
import type { Installation } from '../../installation/index.ts';

/** What the installation's key says about the chain at one moment: this position had this seal. */
export interface Checkpoint {
  readonly installationId: string;
  readonly position: bigint;
  readonly seal: Uint8Array;
  /** Microseconds since 1970, by the database's clock. */
  readonly signedAtMicros: bigint;
  readonly signature: Uint8Array;
}

const statement = (checkpoint: Omit<Checkpoint, 'signature'>) =>
  [
    'muster-audit-checkpoint-v1',
    checkpoint.installationId,
    String(checkpoint.position),
    checkpoint.seal,
    String(checkpoint.signedAtMicros),
  ] as const;

/** Signs with the installation's key, which is not in the database in the clear: who can only write there cannot sign. */
export function signCheckpoint(
  installation: Pick<Installation, 'id' | 'privateKey'>,
  of: Pick<Checkpoint, 'position' | 'seal' | 'signedAtMicros'>,
): Checkpoint {
  const unsigned = { ...of, installationId: installation.id };
  return { ...unsigned, signature: signStatement(statement(unsigned), installation.privateKey) };
}

/** Whether this installation signed it. */
export const isSignedBy = (installation: Pick<Installation, 'id' | 'publicKey'>, checkpoint: Checkpoint): boolean =>
  checkpoint.installationId === installation.id &&
  verifyStatement(statement(checkpoint), checkpoint.signature, installation.publicKey);

/** Whether two checkpoints are the same to the byte. */
export const sameCheckpoint = (one: Checkpoint, other: Checkpoint): boolean =>
  one.position === other.position &&
  one.signedAtMicros === other.signedAtMicros &&
  Buffer.compare(one.seal, other.seal) === 0 &&
  Buffer.compare(one.signature, other.signature) === 0;
