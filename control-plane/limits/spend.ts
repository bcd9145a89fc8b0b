import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { networkOf } from './network.ts';
import { tooMany } from './refusal.ts';
import type { RuleName } from './rules.ts';
import { addUses } from './store.ts';

/**
 * Counts one use of what a rule limits, on all replicas, before it is done; throws when there were too many. One
 * statement. `account` is whom the rule counts beside the address.
 */
export async function spend(
  { sql, origin, caller, config }: Pick<Context, 'sql' | 'origin' | 'caller' | 'config'>,
  name: RuleName,
  account?: string,
): Promise<void> {
  if (caller.kind === 'system') return;
  const { perAddress, perAccount } = config.limits[name];
  const limits = [
    ...(perAddress && origin.address !== ''
      ? [{ ...perAddress, key: `${name}:address:${networkOf(origin.address)}` }]
      : []),
    ...(perAccount && account !== undefined ? [{ ...perAccount, key: `${name}:account:${digest(account)}` }] : []),
  ];
  if (limits.length === 0) return;
  const used = await addUses(
    sql,
    limits.map(({ key, windowMs }) => ({ key, uses: 1, windowMs })),
  );
  const over = used.filter((row) => row.used > (limits.find(({ key }) => key === row.key)?.most ?? Infinity));
  if (over.length > 0) throw tooMany('attempts', Math.max(...over.map(({ remainingMs }) => remainingMs)));
}

/** Addresses of people do not stand in the table of limits. */
const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
