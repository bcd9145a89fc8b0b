/** Where a report's commit comes from, as the database names it. */
export type BuildSourceName = 'unspecified' | 'baked' | 'file' | 'http' | 'command' | 'worktree';

/** What a host last said of one component. */
export interface Report {
  readonly component: string;
  /** The repository's name; empty where the agent's config names none. */
  readonly repository: string;
  readonly runningSha: string;
  readonly worktreeSha: string;
  readonly dirty: boolean;
  readonly buildSource: BuildSourceName;
  readonly builtAt: Date | null;
  readonly startedAt: Date | null;
  readonly probeError: string;
  /** Whether the host key has signed it. */
  readonly signed?: boolean;
  /** When its probe looked, by the database's clock. */
  readonly reportedAt: Date;
  /** The SHA-256 of what its process was started from, in hex; empty where the host does not tell it. */
  readonly artifactSha256?: string;
  /** The host's config says that there is no process: what lies on disk is used as it is. */
  readonly noProcess?: boolean;
  /** The rollout that is bringing it forward now. */
  readonly rolloutId?: string | null;
}

const kindsThatShowTheDisk: readonly BuildSourceName[] = ['unspecified', 'file', 'worktree'];

/** Whether a report shows what lies on disk: by its kind, or a command that says so. The others are the process's own words. */
const showsDisk = ({ buildSource, worktreeSha }: Report): boolean =>
  kindsThatShowTheDisk.includes(buildSource) || (buildSource === 'command' && worktreeSha !== '');

/**
 * Whether the reported commit is that of the process that runs now.
 * `itself`: the process says so. `newer`, `older`: it was started after or before the commit came to disk.
 * `watched`: the agent knows what it was started from, and that something else is on disk since.
 * `no_start`, `no_build`: it cannot be told, since one of the two times is not known.
 * `no_process`: there is none, as the host's config says; the files are used as they lie there.
 */
export type ProcessEvidence = 'itself' | 'newer' | 'older' | 'watched' | 'no_start' | 'no_build' | 'no_process';

export function processEvidence(report: Report): ProcessEvidence {
  const { builtAt, startedAt, noProcess = false } = report;
  if (!showsDisk(report)) return 'itself';
  if (startedAt === null) return noProcess ? 'no_process' : 'no_start';
  const { running, onDisk } = reportedCommits(report);
  if (running !== onDisk) return 'watched';
  if (builtAt === null) return 'no_build';
  return startedAt > builtAt ? 'newer' : 'older';
}

/** The commits that a report names: of the process, and on disk. What shows the disk may name the one commit in either place. */
export function reportedCommits(report: Report): { running: string; onDisk: string } {
  const running = report.runningSha.trim().toLowerCase();
  const onDisk = report.worktreeSha.trim().toLowerCase();
  return showsDisk(report) ? { running: running || onDisk, onDisk: onDisk || running } : { running, onDisk };
}
