import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Caller } from '../access/index.ts';
import type { Sql } from '../database/index.ts';
import { notFound, Refusal } from '../errors.ts';
import { lockTeamForHosts } from '../teams/index.ts';
import { countHostsOf } from './team-store.ts';

/** How many hosts a team may have where its quota says nothing. */
const mostHosts = 100;

/** Whose a new host is to be: the team that is named, else what the caller acts for. Null: the platform's. Throws NO_TEAM. */
export function ownerOf(caller: Caller, askedTeamId: string): string | null {
  if (askedTeamId !== '') return askedTeamId;
  if (caller.kind === 'system' || ('platformAdmin' in caller && caller.platformAdmin)) return null;
  const active = 'activeTeamId' in caller ? caller.activeTeamId : undefined;
  if (active !== undefined || caller.kind === 'org_key') return active ?? null;
  throw new Refusal(Code.FailedPrecondition, Reason.NO_TEAM, 'You have no active team.', {
    help: 'Name one with team_id, or ask to be invited to one.',
  });
}

/**
 * Refuses a host that the team may not have. Holds the team's row until the transaction ends, so that nobody takes the
 * right away, deletes the team or adds its last host in between.
 */
export async function requireOwnHosts(sql: Sql, teamId: string): Promise<void> {
  const team = await lockTeamForHosts(sql, teamId);
  if (!team) throw notFound('team');
  if (!team.ownHosts)
    throw new Refusal(
      Code.FailedPrecondition,
      Reason.OWN_HOSTS_OFF,
      'This team may not bring its own hosts: it runs on those of the platform.',
      { help: 'Ask a platform admin to let it bring its own hosts.', teamId },
    );
  const most = team.quotaHosts > 0 ? team.quotaHosts : mostHosts;
  const hosts = await countHostsOf(sql, teamId);
  if (hosts < most) return;
  throw new Refusal(
    Code.ResourceExhausted,
    Reason.QUOTA_EXCEEDED,
    `The team may have ${most} ${most === 1 ? 'host' : 'hosts'} of its own, and has ${hosts}.`,
    { help: 'Delete hosts that are not needed, or ask a platform admin for a larger quota.', teamId },
  );
}
