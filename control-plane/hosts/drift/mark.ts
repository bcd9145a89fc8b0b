import { signStatement, stateStatement, verifyStatement } from '#contract/statements.ts';
import type { StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { Installation } from '../../installation/types.ts';

/** How new the database was when something was answered, or is said to have been. */
export interface Mark {
  readonly generation: string;
  readonly sequence: bigint;
}

/** What a host is given to show again: signed, so that it cannot claim to have seen what never was. */
export function signedMark({ id, privateKey }: Installation, mark: Mark) {
  const signature = signStatement(stateStatement({ installationId: id, ...mark }), privateKey);
  return { ...mark, signature: new Uint8Array(signature) };
}

/** By how many steps a host has seen more than the database knows; 0 where it has not, or cannot prove it. */
export function stepsAhead({ id, publicKey }: Installation, seen: StateMark | undefined, now: Mark): bigint {
  // A mark was given before this statement took the next number, so one that is not smaller comes from a later database.
  if (!seen || seen.generation !== now.generation || seen.sequence < now.sequence) return 0n;
  const statement = stateStatement({ installationId: id, generation: seen.generation, sequence: seen.sequence });
  return verifyStatement(statement, seen.signature, publicKey) ? seen.sequence - now.sequence + 1n : 0n;
}
