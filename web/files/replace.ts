import { Reason } from '#proto/muster/v1/errors_pb.js';
import { toProblem } from '../problems/problem.ts';

/** Puts a file in place of the one of this etag; of any, where the etag is empty. */
type Put<File> = (ifEtag: string) => Promise<File>;

/** Replaces the file that was read, and no other: answers `changed` where another one is there by now. */
export async function replaceRead<File>(put: Put<File>, etag: string): Promise<File | 'changed'> {
  try {
    return await put(etag);
  } catch (refusal) {
    const { reason, field } = toProblem(refusal);
    if (reason === Reason.CONFLICT) return 'changed';
    // Its init is of an older agent and cannot compare: whether the file is the same was looked at just before.
    if (reason === Reason.WRONG_STATE && field === 'placement.if_etag') return put('');
    throw refusal;
  }
}
