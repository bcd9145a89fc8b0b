import { useMutation } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { AlertService, type AlertRule, type Channel } from '#proto/muster/v1/alert_pb.js';
import { Tags } from '../parts/Facts.tsx';
import { Switch } from '../parts/Switch.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { useReport } from '../problems/useReport.ts';

interface RuleTableProps {
  readonly rules: readonly AlertRule[];
  readonly channels: readonly Channel[];
}

/** All rules; a switch for each. */
export const RuleTable = ({ rules, channels }: RuleTableProps) => (
  <Table
    label="Rules"
    rows={rules}
    columns={columns(channels)}
    rowKey={({ id }) => id}
    empty={<p className="text-table text-ink-muted">There are no rules: nothing is looked for.</p>}
  />
);

const columns = (channels: readonly Channel[]): readonly Column<AlertRule>[] => [
  {
    key: 'name',
    header: 'Rule',
    heading: true,
    className: 'w-[40%]',
    cell: ({ id, name, sentence }) => (
      <span className="flex flex-col items-start gap-0.5 py-0.5">
        <Link {...paths.changeAlertRule(id)} className={`${rowLinkClasses} wrap-anywhere`}>
          {name}
        </Link>
        <span className="text-small text-ink-muted">{sentence}</span>
      </span>
    ),
  },
  {
    key: 'where',
    header: 'Where',
    cell: ({ repository, labels }) => (
      <span className="flex flex-wrap items-center gap-1.5">
        {repository !== '' && <span className="font-mono text-code">{repository}</span>}
        {Object.keys(labels).length > 0 && <Tags pairs={labels} />}
        {repository === '' && Object.keys(labels).length === 0 && <span className="text-ink-faint">everywhere</span>}
      </span>
    ),
  },
  {
    key: 'tells',
    header: 'Tells',
    className: 'text-ink-muted',
    cell: ({ channelIds }) =>
      channelIds.length === 0
        ? 'all channels'
        : channelIds.map((id) => channels.find((one) => one.id === id)?.name ?? 'a removed channel').join(', '),
  },
  {
    key: 'firing',
    header: 'Fires',
    className: 'whitespace-nowrap',
    cell: ({ firing }) => (firing > 0 ? <span className="font-medium text-wrong">{firing}</span> : '–'),
  },
  { key: 'on', header: 'On', align: 'end', cell: (rule) => <RuleSwitch rule={rule} /> },
];

function RuleSwitch({ rule: { id, name, enabled } }: { rule: AlertRule }) {
  const update = useMutation(AlertService.method.updateAlertRule);
  const queries = useQueryClient();
  const report = useReport();
  const turn = async (on: boolean) => {
    try {
      await update.mutateAsync({ ruleId: id, enabled: on });
      await queries.invalidateQueries();
    } catch (error) {
      report(error);
    }
  };
  return (
    <span className="relative z-1">
      <Switch
        label={`Rule ${name}`}
        on={enabled}
        words={{ on: 'on', off: 'off' }}
        busy={update.isPending}
        onChange={(on) => void turn(on)}
      />
    </span>
  );
}
