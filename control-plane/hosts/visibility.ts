import type { Caller } from '../access/index.ts';

/** Whose hosts a caller sees, besides the platform's own, which every signed-in user sees. */
export interface Visibility {
  readonly all: boolean;
  readonly teamIds: string[];
}

/** What does not exist for a caller is left out by the queries themselves. */
export function visibilityOf(caller: Caller): Visibility {
  switch (caller.kind) {
    case 'system':
      return { all: true, teamIds: [] };
    case 'session':
    case 'user_token':
      return { all: caller.platformAdmin, teamIds: caller.memberships.map(({ teamId }) => teamId) };
    case 'host':
    case 'anonymous':
      return { all: false, teamIds: [] };
  }
}
