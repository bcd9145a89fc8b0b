import { useQuery } from '@connectrpc/connect-query';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { Panel, Section } from '../parts/Page.tsx';
import { ShareList } from '../parts/Shares.tsx';
import { spendingSentence, spendingShares } from './spending.ts';

/** There is no stream for what is spent: while the page is open it asks this often. */
const refetchInterval = 30_000;

/** What the assistants in the sandboxes have spent, and what is left of it. */
export function Spending({ teamId }: { teamId: string }) {
  const { data } = useQuery(TesterKeyService.method.getUsage, { teamId }, { refetchInterval, retry: false });
  if (data === undefined) return null;
  const shares = spendingShares(data);
  return (
    <Section title="Spent">
      <Panel>
        {shares.length > 0 && <ShareList shares={shares} />}
        <p className="px-4 py-3 text-table text-ink-muted">{spendingSentence(data)}</p>
      </Panel>
    </Section>
  );
}
