import { Code } from '@connectrpc/connect';
import { Link, useParams } from '@tanstack/react-router';
import { UsersRound } from 'lucide-react';
import type { Tester } from '#proto/muster/v1/tester_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness, StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTester } from '../testers/feed.ts';
import { isGoing, testerLooks } from '../testers/looks.ts';
import { RemoveTester } from '../testers/RemoveTester.tsx';
import { testerSentence } from '../testers/sentence.ts';
import { StepTable } from '../testers/StepTable.tsx';
import { TesterFacts } from '../testers/TesterFacts.tsx';

const trail = (
  <Link {...paths.testers()} className="hover:text-link">
    Testers
  </Link>
);

const none = (title: string, why: string) => (
  <EmptyState
    icon={UsersRound}
    title={title}
    action={
      <Link {...paths.testers()} className={buttonClasses('secondary')}>
        All testers
      </Link>
    }
  >
    {why}
  </EmptyState>
);

export function TesterPage() {
  const { testerId } = useParams({ from: '/signed-in/testers/$testerId' });
  const { phase, state, error } = useTester(testerId);
  const tester = state?.testers.get(testerId);
  if (state?.removed.has(testerId))
    return (
      <Page title={tester?.name || 'Tester'} trail={trail}>
        {none(`${tester?.name || 'This person'} is no tester any more`, 'Everything that was made for them is gone.')}
      </Page>
    );
  return (
    <Page
      title={tester?.name || 'Tester'}
      summary={tester && testerSentence(tester)}
      trail={trail}
      mark={
        tester && (
          <Freshness phase={phase}>
            <StatusPill look={testerLooks[tester.state]} />
          </Freshness>
        )
      }
      actions={
        tester && (
          <>
            <AsCommandButton lines={commandLines.tester(testerId)} />
            <RemoveTester tester={tester} />
          </>
        )
      }
    >
      <Freshness phase={phase}>
        {phase === 'refused' && <Refused error={error} />}
        {tester === undefined && phase !== 'refused' && <DetailSkeleton />}
        {tester && <TesterView tester={tester} />}
      </Freshness>
    </Page>
  );
}

function Refused({ error }: { error: unknown }) {
  const problem = toProblem(error);
  return problem.code === Code.NotFound || problem.code === Code.InvalidArgument ? (
    none('There is no such tester', 'They were removed, or the address is not right.')
  ) : (
    <ProblemNote problem={problem} />
  );
}

const TesterView = ({ tester }: { tester: Tester }) => (
  <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
    <Section title={isGoing(tester.state) ? 'Undoing' : 'Steps'}>
      <StepTable tester={tester} />
    </Section>
    <Section title="About">
      <TesterFacts tester={tester} />
    </Section>
  </div>
);
