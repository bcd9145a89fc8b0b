import type { Context } from '../context.ts';
import { newId, violatesUnique } from '../database/index.ts';
import { nameTaken } from '../errors.ts';
import { announce } from '../events/index.ts';
import { spend } from '../limits/index.ts';
import { actingUser } from './acting-user.ts';
import { recordHostAudit } from './audit.ts';
import type { Overcommit } from './host.ts';
import { mintJoinToken, type JoinToken } from './join-tokens.ts';
import { requireOwnHosts } from './own-hosts.ts';
import { findHostByRequest, insertHost } from './store.ts';

export interface HostRequest {
  readonly name: string;
  /** Who owns it; null: the platform. */
  readonly teamId: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly overcommit: Overcommit | undefined;
  readonly tokenLifetimeMs: number | undefined;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

const defaultOvercommit: Overcommit = { cpu: 16, memory: 1, disk: 1 };

/**
 * Registers a host with its first join token. The same request again answers the same host, without the token. Throws
 * OWN_HOSTS_OFF, QUOTA_EXCEEDED where the team may have none, or no more.
 */
export async function createHost(
  context: Context,
  request: HostRequest,
): Promise<{ hostId: string; joinToken: JoinToken | undefined }> {
  await spend(context, 'mint', context.caller.actor);
  try {
    return await context.transaction(async (sql) => {
      const id = newId('host');
      const { teamId, requestId } = request;
      const known = requestId === '' ? undefined : await findHostByRequest(sql, teamId, requestId);
      if (known !== undefined) return { hostId: known, joinToken: undefined };
      if (teamId !== null) await requireOwnHosts(sql, teamId);
      const isNew = await insertHost(sql, {
        id,
        name: request.name,
        teamId,
        labels: request.labels,
        overcommit: request.overcommit ?? defaultOvercommit,
        requestId: requestId || null,
        createdBy: actingUser(context.caller),
      });
      if (!isNew) return { hostId: (await findHostByRequest(sql, teamId, requestId))!, joinToken: undefined }; // it is the conflicting row
      const joinToken = await mintJoinToken(sql, context, id, request.tokenLifetimeMs);
      await recordHostAudit(sql, context, id, {
        action: 'host.create',
        after: { name: request.name, labels: request.labels },
      });
      await announce(sql, 'host', [id]);
      return { hostId: id, joinToken };
    });
  } catch (error) {
    if (violatesUnique(error, 'hosts_by_name')) throw takenName(request.name);
    throw error;
  }
}

export const takenName = (name: string) =>
  nameTaken('name', `There is a host named ${name} already: choose another name.`);
