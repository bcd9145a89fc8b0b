import type { Context } from '../../context.ts';
import { lockActiveFamily, promotePendingToken } from './store.ts';

/** A host call under an access token of this generation shows that the refresh token it came with arrived: it becomes the current one. */
export function confirmGeneration(context: Context, hostId: string, generation: number): Promise<boolean> {
  return context.transaction(async (sql) => {
    const family = await lockActiveFamily(sql, hostId);
    return family !== undefined && promotePendingToken(sql, family.id, generation);
  });
}
