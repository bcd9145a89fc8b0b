import { useQuery } from '@connectrpc/connect-query';
import { TriangleAlert } from 'lucide-react';
import { TeamService, type TeamQuota } from '#proto/muster/v1/team_pb.js';
import { classes } from '../parts/classes.ts';
import type { Share } from '../parts/Shares.tsx';
import { useActiveTeam } from '../session/useCaller.ts';
import { quotaShares } from '../teams/quota.ts';

/** What new sandboxes would take. */
export interface Asked {
  readonly count: number;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly diskMib: number;
}

/** What the team uses of its quota, asked for while a dialog is open. */
export function useTeamUsage(): { used: TeamQuota | undefined; quota: TeamQuota | undefined } {
  const team = useActiveTeam();
  const usage = useQuery(
    TeamService.method.getTeamUsage,
    { teamId: team?.teamId ?? '' },
    { enabled: team !== undefined, staleTime: 0 },
  );
  return { used: usage.data?.used, quota: usage.data?.quota };
}

/** A share with what is asked for: a limit of zero is none. */
export interface AskedShare extends Share {
  readonly asked: number;
  readonly over: boolean;
}

/** What is used and what is asked for, of what is limited. */
export function askedShares(
  used: TeamQuota | undefined,
  quota: TeamQuota | undefined,
  asked: Asked,
): readonly AskedShare[] {
  const { count, cpu, memoryMib, diskMib } = asked;
  const amounts = [count, count * cpu, count * memoryMib, count * diskMib];
  return quotaShares(used, quota)
    .map((share, index) => {
      const amount = Number.isFinite(amounts[index]) ? amounts[index]! : 0;
      return { ...share, asked: amount, over: share.of > 0 && share.used + amount > share.of };
    })
    .filter((share) => share.of > 0);
}

/** What the limits take of the team's quota, before it refuses. Nothing where the team has no quota. */
export function QuotaPreview({ asked }: { asked: Asked }) {
  const { used, quota } = useTeamUsage();
  const shares = askedShares(used, quota, asked);
  const over = shares.filter((share) => share.over);
  if (shares.length === 0) return null;
  return (
    <section aria-label="Of the team’s quota" className="rounded-control bg-sunken p-3 ring-1 ring-line ring-inset">
      <ul className="grid gap-x-5 gap-y-2.5 sm:grid-cols-2">
        {shares.map((share) => (
          <li key={share.word} className="flex flex-col gap-1 text-small">
            <div className="flex justify-between gap-3">
              <span className="text-ink-faint">{share.word}</span>
              <span className={classes('tabular-nums', share.over && 'font-medium text-wrong')}>
                {share.text(share.used + share.asked)} <span className="text-ink-faint">of {share.text(share.of)}</span>
              </span>
            </div>
            <AskedBar share={share} />
          </li>
        ))}
      </ul>
      <p className="mt-2.5 text-small text-ink-faint" role="status">
        {over.length === 0 ? (
          'Of your team’s quota, this included.'
        ) : (
          <span className="flex gap-1.5 text-wrong">
            <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
            {`More than your team may use: ${over.map(({ word }) => word.toLowerCase()).join(', ')}. Ask for less, or end something first.`}
          </span>
        )}
      </p>
    </section>
  );
}

/** What is used, and, lighter, what is asked for on top. */
function AskedBar({ share: { used, asked, of, over } }: { share: AskedShare }) {
  const percent = (value: number) => `${Math.min(100, (value / of) * 100)}%`;
  return (
    <span
      aria-hidden
      className="relative h-1.5 overflow-hidden rounded-full bg-unknown-soft ring-1 ring-line ring-inset"
    >
      <span
        className={classes(
          'absolute inset-y-0 left-0 rounded-full transition-[width] duration-200',
          over ? 'bg-wrong-solid' : 'bg-accent opacity-40',
        )}
        style={{ width: percent(used + asked) }}
      />
      <span
        className="absolute inset-y-0 left-0 rounded-full bg-accent"
        style={{ width: percent(Math.min(used, of)) }}
      />
    </span>
  );
}
