import type { Context } from '../context.ts';
import { keyFor } from './key.ts';
import { networkOf } from './network.ts';
import { tooMany } from './refusal.ts';
import type { RuleName } from './rules.ts';
import { addUses } from './store.ts';
import { partMsOf, untilAtMost } from './use-window.ts';

/**
 * Counts one use of what a rule limits, on all replicas, before it is done; throws when there were too many. One
 * statement. `account` is whom the rule counts beside the address.
 */
export async function spend(
  context: Pick<Context, 'sql' | 'origin' | 'caller' | 'config' | 'installation'>,
  name: RuleName,
  account?: string,
): Promise<void> {
  const { origin, caller, config } = context;
  if (caller.kind === 'system') return;
  const { perAddress, perAccount } = config.limits[name];
  const limits = [
    ...(perAddress && origin.address !== ''
      ? [{ ...perAddress, key: `${name}:address:${keyFor(context, networkOf(origin.address))}` }]
      : []),
    ...(perAccount && account !== undefined
      ? [{ ...perAccount, key: `${name}:account:${keyFor(context, account)}` }]
      : []),
  ];
  if (limits.length === 0) return;
  const used = await addUses(
    context.sql,
    limits.map((limit) => ({ ...limit, uses: 1 })),
  );
  const waits = used.flatMap(({ key, admitted, counts, intoPartMs }) => {
    const limit = limits.find((one) => one.key === key);
    if (admitted || !limit) return [];
    const window = { counts, partMs: partMsOf(limit.windowMs), beganAt: -intoPartMs };
    return [untilAtMost(window, limit.most - 1, 0)];
  });
  if (waits.length > 0) throw tooMany('attempts', Math.max(...waits));
}
