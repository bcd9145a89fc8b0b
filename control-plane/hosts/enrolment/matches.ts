import { timingSafeEqual } from 'node:crypto';

const dummy = Buffer.alloc(32);

/** Whether two hashes are the same. Where one is missing it compares against a dummy, so that the time tells nothing. */
export function matches(presented: Uint8Array, stored: Uint8Array | null | undefined): boolean {
  const comparable = stored?.length === presented.length;
  return timingSafeEqual(presented, comparable ? stored : dummy.subarray(0, presented.length)) && comparable;
}
