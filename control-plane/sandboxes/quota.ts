import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import type { TeamQuota, TeamUsage } from '../teams/index.ts';
import { sandboxesOfTeams } from './of-teams.ts';

/** What sandboxes use of a team's quota. */
export type SandboxUsage = Omit<TeamUsage, 'snapshots' | 'hosts'>;

/** What is counted, as people say it. */
const counted = {
  sandboxes: (amount: number) => `${amount} sandboxes`,
  cpuMillis: (amount: number) => `${amount / 1000} CPUs`,
  memoryMib: (amount: number) => `${amount} MiB of memory`,
  diskMib: (amount: number) => `${amount} MiB of disk`,
} satisfies Record<keyof SandboxUsage, (amount: number) => string>;

/**
 * Refuses a sandbox that would take the team beyond its quota. To be called under the placement lock, in the transaction
 * that inserts the sandbox: until it ends, nobody else's sandboxes can come in between.
 */
export async function requireQuota(sql: Sql, teamId: string, quota: TeamQuota, asked: SandboxUsage): Promise<void> {
  const limited = (Object.keys(counted) as (keyof SandboxUsage)[]).filter((what) => quota[what] > 0); // the table's own keys
  if (limited.length === 0) return;
  const used = await sandboxesOfTeams.usage(sql, teamId);
  const over = limited.find((what) => used[what] + asked[what] > quota[what]);
  if (over === undefined) return;
  throw new Refusal(
    Code.ResourceExhausted,
    Reason.QUOTA_EXCEEDED,
    `The team's quota is ${counted[over](quota[over])}; ${counted[over](used[over])} are in use.`,
    { help: 'End sandboxes that are not needed, ask for less, or ask a platform admin for a larger quota.' },
  );
}

/** Refuses a sandbox without an end where the team may not have such. */
export function requireEndlessLife({ noExpiry }: TeamQuota): void {
  if (noExpiry) return;
  throw new Refusal(
    Code.ResourceExhausted,
    Reason.QUOTA_EXCEEDED,
    "The team's quota allows no sandboxes without an end.",
    { field: 'no_expiry', help: 'Give it a timeout and auto_renew, or ask a platform admin to allow it.' },
  );
}
