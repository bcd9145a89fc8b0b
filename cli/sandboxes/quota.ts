import { GetTeamUsageResponseSchema, type TeamQuota } from '#proto/muster/v1/team_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printTable, type Column } from '../output/table.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes quota`. */
export interface QuotaOptions extends SessionOptions {
  readonly team?: string;
}

interface Row {
  readonly what: string;
  readonly used: number;
  /** 0: no limit. */
  readonly quota: number;
  readonly say: (amount: number) => string;
}

const columns: readonly Column<Row>[] = [
  { heading: '', cell: ({ what }) => what },
  { heading: 'USED', cell: ({ used, say }) => say(used), right: true },
  { heading: 'QUOTA', cell: ({ quota, say }) => (quota > 0 ? say(quota) : 'no limit'), right: true },
  { heading: 'LEFT', cell: ({ used, quota, say }) => (quota > 0 ? say(Math.max(0, quota - used)) : ''), right: true },
];

/** Prints what a team uses of what it may use. */
export async function showQuota(session: Session, { team }: QuotaOptions): Promise<void> {
  const answer = await session.teams.getTeamUsage({ teamId: team ?? (await activeTeam(session)) });
  const { used, quota } = answer;
  if (session.json || !used || !quota) return printJson(session.stdout, GetTeamUsageResponseSchema, answer);
  printTable(session.stdout, rowsOf(used, quota), columns, '');
  session.stderr.write(quota.noExpiry ? '' : 'Every sandbox must have an end (--no-expiry is not allowed).\n');
}

async function activeTeam(session: Session): Promise<string> {
  const { caller } = await session.auth.getCaller({});
  if (caller?.activeTeamId) return caller.activeTeamId;
  throw new CliError('You have no active team: name one with --team.', exitCodes.usage);
}

const rowsOf = (used: TeamQuota, quota: TeamQuota): readonly Row[] => [
  { what: 'sandboxes', used: used.sandboxes, quota: quota.sandboxes, say: String },
  { what: 'CPU', used: used.cpu, quota: quota.cpu, say: trimmed },
  { what: 'memory', used: Number(used.memoryMib), quota: Number(quota.memoryMib), say: sayMib },
  { what: 'disk', used: Number(used.diskMib), quota: Number(quota.diskMib), say: sayMib },
  { what: 'snapshots', used: used.snapshots, quota: quota.snapshots, say: String },
  ...(used.hosts > 0 || quota.hosts > 0
    ? [{ what: 'own hosts', used: used.hosts, quota: quota.hosts, say: String }]
    : []),
];
