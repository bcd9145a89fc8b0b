import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { AlertRule } from '#proto/muster/v1/alert_pb.js';
import { RemoveRuleDialog } from '../alerts/RemoveDialogs.tsx';
import { RuleDialog } from '../alerts/RuleDialog.tsx';
import { RuleTable } from '../alerts/RuleTable.tsx';
import { useChannels, useRules } from '../alerts/useAlerts.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

export function AlertRules() {
  const search = useSearch({ from: '/signed-in/alerts/rules' });
  const navigate = useNavigate({ from: '/alerts/rules' });
  const list = useRules();
  const channels = useChannels().data?.channels;
  const [doomed, setDoomed] = useState<AlertRule>();
  const open = (change: typeof search) => void navigate({ search: change, replace: true });
  const rules = list.data?.rules;
  const changed = rules?.find(({ id }) => id === search.change);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-table text-ink-muted">What is looked for. Nothing is told before two looks agree.</p>
        <span className="inline-flex items-center gap-2">
          <AsCommandButton lines={commandLines.alertRules()} />
          <Button look="primary" icon={Plus} onClick={() => open({ dialog: 'make' })}>
            New rule
          </Button>
        </span>
      </div>
      {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
      {rules === undefined && !list.error && <TableSkeleton columns={5} />}
      {rules && <RuleTable rules={rules} channels={channels ?? []} />}
      {rules && channels && (search.dialog === 'make' || changed) && (
        <RuleDialog
          key={changed?.id}
          rule={changed}
          rules={rules}
          channels={channels}
          onClose={() => open({})}
          onRemove={(rule) => {
            open({});
            setDoomed(rule);
          }}
        />
      )}
      {doomed && <RemoveRuleDialog rule={doomed} onClose={() => setDoomed(undefined)} />}
    </div>
  );
}
