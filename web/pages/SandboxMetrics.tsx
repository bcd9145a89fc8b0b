import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChartLine } from 'lucide-react';
import type { MetricsTotals } from '#proto/muster/v1/metrics_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Chart } from '../metrics/Chart.tsx';
import { beginOf, graphsOf, stepMs, type Fineness } from '../metrics/series.ts';
import { useMetrics } from '../metrics/useMetrics.ts';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Facts } from '../parts/Facts.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { tookLength } from '../time/relative.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';

const ended = (
  <EmptyState icon={ChartLine} title="It has ended, and what was measured with it">
    What a sandbox uses is kept by the agent of its host while the sandbox lives.
  </EmptyState>
);

/** What a sandbox uses and has used. */
export function SandboxMetrics() {
  const { sandbox } = useShownSandbox();
  const { fine } = useSearch({ from: '/signed-in/sandboxes/$sandboxId/metrics' });
  const navigate = useNavigate({ from: '/sandboxes/$sandboxId/metrics' });
  const fineness: Fineness = fine ?? 'seconds';
  const { data, error, refetch } = useMetrics(sandbox, fineness);
  const step = stepMs[fineness];
  const toMs = useTime((now) => Math.floor(now / step) * step);
  if (hasEnded(sandbox)) return ended;

  const { limits } = sandbox;
  const fromMs = beginOf(data?.samples ?? [], toMs, fineness);
  const graphs = graphsOf(data?.samples ?? [], { limits, diskBytes: Number(data?.diskSizeBytes ?? 0n), fineness });
  return (
    <Section
      title="What it uses"
      aside={
        <span className="flex flex-wrap items-center gap-2">
          <FilterPills
            label="How far back"
            pills={[
              { value: 'seconds', word: '10 minutes' },
              { value: 'minutes', word: '1 day' },
            ]}
            chosen={fineness}
            onChoose={(chosen) =>
              void navigate({ search: { fine: chosen === 'minutes' ? chosen : undefined }, replace: true })
            }
          />
          <AsCommandButton lines={commandLines.metrics(sandbox.id)} />
        </span>
      }
    >
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && !error && <DetailSkeleton />}
      {data !== undefined && (
        <Freshness phase={error ? 'broken' : 'live'} className="flex flex-col gap-4">
          <div className="grid gap-4 lg:grid-cols-2">
            {graphs.map((graph) => (
              <Chart key={graph.title} graph={graph} fromMs={fromMs} toMs={toMs} stepMs={step} />
            ))}
            <Totals totals={data.totals} />
          </div>
          <p className="text-small text-ink-faint">
            Measured by the agent of its host since <RelativeTime at={data.measuredSince} />, and kept in its memory:
            each second of the last 10 minutes, each minute of the last day.
          </p>
        </Freshness>
      )}
    </Section>
  );
}

/** What its limits have cost it. */
function Totals({ totals }: { totals: MetricsTotals | undefined }) {
  if (totals === undefined) return null;
  const { cpuTime, throttledTime, oomKills, refusedPids } = totals;
  const length = (time: typeof cpuTime) => tookLength(Number(time?.seconds ?? 0n) * 1000 + (time?.nanos ?? 0) / 1e6);
  return (
    <Panel className="min-w-0">
      <h3 className="px-4 pt-3.5 text-table font-medium">Since it was started</h3>
      <Facts
        facts={[
          { term: 'CPU time', value: `${length(cpuTime)} used` },
          {
            term: 'Held back',
            value:
              length(throttledTime) === '0 ms'
                ? 'never'
                : `${length(throttledTime)}, its share of the processors was used up`,
          },
          {
            term: 'Out of memory',
            value:
              oomKills === 0n ? (
                'never'
              ) : (
                <Cost>{`${oomKills} ${oomKills === 1n ? 'process was' : 'processes were'} killed`}</Cost>
              ),
          },
          {
            term: 'Too many',
            value: refusedPids === 0n ? 'never' : <Cost>{`${refusedPids} processes or threads could not start`}</Cost>,
          },
        ]}
      />
    </Panel>
  );
}

const Cost = ({ children }: { children: string }) => <span className="font-medium text-attention">{children}</span>;
