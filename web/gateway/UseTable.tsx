import type { ReactNode } from 'react';
import type { GatewayUse } from '#proto/muster/v1/gateway_pb.js';
import { Table, type Column } from '../parts/Table.tsx';
import { costWords, countWords } from './figures.ts';

interface UseTableProps {
  readonly uses: readonly GatewayUse[];
  /** The names of users by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly empty: ReactNode;
}

/** What was used, by day, user and model. */
export const UseTable = ({ uses, names, empty }: UseTableProps) => (
  <Table
    label="Use by day"
    rows={uses}
    columns={columns(names)}
    rowKey={({ day, userId, teamId, provider, model }) => `${day} ${userId} ${teamId} ${provider}/${model}`}
    empty={empty}
  />
);

const columns = (names: ReadonlyMap<string, string>): readonly Column<GatewayUse>[] => [
  { key: 'day', header: 'Day', heading: true, className: 'whitespace-nowrap', cell: ({ day }) => day },
  { key: 'user', header: 'User', heading: true, cell: ({ userId }) => names.get(userId) ?? userId },
  {
    key: 'model',
    header: 'Model',
    cell: ({ provider, model }) => (
      <code className="text-code wrap-anywhere">
        {provider}/{model}
      </code>
    ),
  },
  {
    key: 'requests',
    header: 'Requests',
    align: 'end',
    cell: ({ requests, estimatedRequests }) => (
      <span title={estimatedRequests > 0n ? `${estimatedRequests} of them are estimated` : undefined}>
        {countWords(requests)}
        {estimatedRequests > 0n && <span className="text-ink-faint"> ({countWords(estimatedRequests)} estimated)</span>}
      </span>
    ),
  },
  { key: 'sent', header: 'Sent', align: 'end', cell: ({ promptTokens }) => countWords(promptTokens) },
  { key: 'answered', header: 'Answered', align: 'end', cell: ({ completionTokens }) => countWords(completionTokens) },
  { key: 'cost', header: 'Cost', align: 'end', cell: ({ costMicros }) => costWords(costMicros) || null },
];
