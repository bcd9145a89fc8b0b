import { useMutation } from '@connectrpc/connect-query';
import { RotateCw } from 'lucide-react';
import { TesterService, TesterStepState, type Tester, type TesterStep } from '#proto/muster/v1/tester_pb.js';
import { IconButton } from '../parts/Button.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { useReport } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { isGoing, stepLooks, stepNames } from './looks.ts';

const columns = (tester: Tester): readonly Column<TesterStep>[] => [
  {
    key: 'step',
    header: 'Step',
    heading: true,
    className: 'whitespace-nowrap font-medium',
    cell: ({ kind }) => stepNames[kind],
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={stepLooks[state]} /> },
  {
    key: 'sentence',
    header: 'What came of it',
    className: '@table:w-full text-pretty wrap-anywhere',
    cell: ({ sentence }) => sentence || <span className="text-ink-faint">Nothing yet</span>,
  },
  {
    key: 'ended',
    header: 'Ended',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ endedAt }) => <RelativeTime at={endedAt} />,
  },
  { key: 'again', header: 'Again', align: 'end', cell: (step) => <Again tester={tester} step={step} /> },
];

/** What is done for a tester, or undone, as it goes on. */
export function StepTable({ tester }: { tester: Tester }) {
  const { steps } = tester;
  return (
    <Table label="Steps" rows={steps} columns={columns(tester)} rowKey={({ kind }) => String(kind)} empty={null} />
  );
}

/** Does a step again: what has failed, and what was done. */
function Again({ tester, step }: { tester: Tester; step: TesterStep }) {
  const { mutateAsync, isPending } = useMutation(TesterService.method.retryTesterStep);
  const report = useReport();
  const { kind, state } = step;
  const failed = state === TesterStepState.FAILED;
  const ended = failed || state === TesterStepState.DONE || state === TesterStepState.SKIPPED;
  if (!ended || (isGoing(tester.state) && !failed)) return null;
  return (
    <IconButton
      label={`${failed ? 'Retry' : 'Repeat'}: ${stepNames[kind]}`}
      icon={RotateCw}
      bordered={failed}
      aria-busy={isPending}
      onClick={() => void mutateAsync({ testerId: tester.id, step: kind }).catch(report)}
      className="-my-1.5"
    />
  );
}
