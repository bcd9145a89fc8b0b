import { ComponentRow } from '../fleet/ComponentRow.tsx';
import { ComponentTools } from '../fleet/ComponentTools.tsx';
import { useFleet } from '../fleet/feed.ts';
import { StaleAfter, staleAfterMs } from '../fleet/freshness.ts';
import { ReportsRefused } from '../fleet/ReportsRefused.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';

/** What is deployed on a host, and whether it is what should be. */
export function HostComponents({ hostId }: { hostId: string }) {
  const { phase, state: fleet, error } = useFleet({ hostId });
  const pinRefused = useCaller().platformAdmin ? undefined : 'Only a platform admin may do this.';
  const host = fleet?.hosts[0];
  const components = host?.components ?? [];
  return (
    <Section title="Components">
      {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
      <StaleAfter value={staleAfterMs(fleet?.summary)}>
        <Freshness phase={phase} className="flex flex-col gap-2.5">
          {host && <ReportsRefused host={host} />}
          {fleet === undefined && phase !== 'refused' && <TableSkeleton rows={2} columns={3} />}
          {fleet && (
            <Panel className="@container">
              {components.length === 0 ? (
                <p className="px-4 py-3 text-table text-ink-muted">
                  It has reported no component yet. The agent reports itself with its first heartbeats.
                </p>
              ) : (
                <ul className="divide-y divide-line">
                  {components.map((component) => (
                    <ComponentRow key={component.component} component={component}>
                      <ComponentTools hostId={hostId} component={component} pinRefused={pinRefused} />
                    </ComponentRow>
                  ))}
                </ul>
              )}
            </Panel>
          )}
        </Freshness>
      </StaleAfter>
    </Section>
  );
}
