import type { Caller } from '../access/index.ts';

/** The user who acts, for rows that name one; null for work of our own. */
export const actingUser = (caller: Caller): string | null => ('userId' in caller ? caller.userId : null);
