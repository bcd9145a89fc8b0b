import type { GatewayBudget, GatewayUse } from '#proto/muster/v1/gateway_pb.js';
import type { Column } from '../output/table.ts';

/** How users stand with their caps. */
export const budgetColumns: readonly Column<GatewayBudget>[] = [
  { heading: 'USER', cell: ({ userName, userId }) => userName || userId },
  { heading: 'TODAY', cell: ({ usedToday }) => String(usedToday), right: true },
  { heading: 'OF', cell: ({ caps }) => String(caps?.tokensPerDay ?? 0n), right: true },
  { heading: 'THIS MONTH', cell: ({ usedThisMonth }) => String(usedThisMonth), right: true },
  { heading: 'OF', cell: ({ caps }) => String(caps?.tokensPerMonth ?? 0n), right: true },
  { heading: 'CAPS', cell: ({ isDefault }) => (isDefault ? 'as everybody' : 'their own') },
  { heading: 'ID', cell: ({ userId }) => userId },
];

/** What was used, by day, user and model. */
export const useColumns = (userNames: ReadonlyMap<string, string>): readonly Column<GatewayUse>[] => [
  { heading: 'DAY', cell: ({ day }) => day },
  { heading: 'USER', cell: ({ userId }) => userNames.get(userId) ?? userId },
  { heading: 'MODEL', cell: ({ provider, model }) => `${provider}/${model}` },
  { heading: 'REQUESTS', cell: ({ requests }) => String(requests), right: true },
  { heading: 'SENT', cell: ({ promptTokens }) => String(promptTokens), right: true },
  { heading: 'ANSWERED', cell: ({ completionTokens }) => String(completionTokens), right: true },
  { heading: 'ESTIMATED', cell: ({ estimatedRequests }) => String(estimatedRequests), right: true },
  { heading: 'COST', cell: ({ costMicros }) => (costMicros > 0n ? dollars(costMicros) : ''), right: true },
];

/** Millionths of a US dollar, for people. */
export const dollars = (micros: bigint): string => `$${(Number(micros) / 1_000_000).toFixed(4)}`;
