import type { Context } from '../context.ts';
import { createHost } from './create.ts';
import { createJoinToken, type JoinToken } from './join-tokens.ts';
import { findHostByName } from './store.ts';

/** A host that is there, with a join token as long as no agent has joined for it. */
export interface EnsuredHost {
  readonly id: string;
  readonly status: string;
  readonly joinToken: JoinToken | undefined;
}

/** Registers a host of the platform of this name, or finds it as it is: for what runs at every start. */
export async function ensureHost(context: Context, name: string): Promise<EnsuredHost> {
  const found = await findHostByName(context.sql, name);
  if (!found) {
    const made = await createHost(context, {
      name,
      teamId: null,
      labels: {},
      overcommit: undefined,
      tokenLifetimeMs: undefined,
      requestId: '',
    });
    return { id: made.hostId, status: 'pending', joinToken: made.joinToken };
  }
  const joinToken = found.status === 'pending' ? await createJoinToken(context, found.id, undefined) : undefined;
  return { ...found, joinToken };
}
