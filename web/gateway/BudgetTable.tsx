import { Gauge } from 'lucide-react';
import type { ReactNode } from 'react';
import type { GatewayBudget } from '#proto/muster/v1/gateway_pb.js';
import { Button } from '../parts/Button.tsx';
import { Bar } from '../parts/Shares.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { countWords } from './figures.ts';

interface BudgetTableProps {
  readonly budgets: readonly GatewayBudget[];
  /** Undefined where the caller may not set caps. */
  readonly onSetCaps: ((budget: GatewayBudget) => void) | undefined;
  readonly empty: ReactNode;
}

/** How everybody stands with their caps. */
export const BudgetTable = ({ budgets, onSetCaps, empty }: BudgetTableProps) => (
  <Table
    label="Caps"
    rows={budgets}
    columns={onSetCaps ? [...columns, actions(onSetCaps)] : columns}
    rowKey={({ userId }) => userId}
    empty={empty}
  />
);

const columns: readonly Column<GatewayBudget>[] = [
  { key: 'user', header: 'User', heading: true, cell: ({ userName, userId }) => userName || userId },
  {
    key: 'today',
    header: 'Today',
    cell: ({ usedToday, caps }) => <Used used={usedToday} of={caps?.tokensPerDay ?? 0n} />,
  },
  {
    key: 'month',
    header: 'This month',
    cell: ({ usedThisMonth, caps }) => <Used used={usedThisMonth} of={caps?.tokensPerMonth ?? 0n} />,
  },
  {
    key: 'reserved',
    header: 'Under way',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ reserved }) => (reserved === 0n ? null : `${countWords(reserved)} held back`),
  },
  {
    key: 'caps',
    header: 'Caps',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ isDefault }) => (isDefault ? 'as everybody' : 'their own'),
  },
];

const actions = (onSetCaps: (budget: GatewayBudget) => void): Column<GatewayBudget> => ({
  key: 'actions',
  header: 'Actions',
  align: 'end',
  cell: (budget) => (
    <Button
      small
      look="quiet"
      icon={Gauge}
      aria-label={`Set caps of ${budget.userName}`}
      className="relative z-1"
      onClick={() => onSetCaps(budget)}
    >
      Set caps
    </Button>
  ),
});

function Used({ used, of }: { used: bigint; of: bigint }) {
  return (
    <span className="flex min-w-0 flex-1 flex-col gap-1 py-1">
      <span className="whitespace-nowrap">
        {countWords(used)} <span className="text-ink-faint">of {countWords(of)}</span>
      </span>
      <Bar share={of === 0n ? 1 : Math.min(1, Number(used) / Number(of))} className="w-full max-w-44" />
    </span>
  );
}
