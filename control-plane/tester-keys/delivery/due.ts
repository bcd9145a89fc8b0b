import type { Context } from '../../context.ts';
import { findLiving, type LivingSandbox } from '../../sandboxes/index.ts';
import type { TeamKeys } from '../keyring.ts';
import { partsOf, stampOf } from '../variables.ts';
import { readDeliveries } from './store.ts';

/** A sandbox, and whether it has what it should. */
export interface Recipient {
  readonly sandbox: LivingSandbox;
  readonly keys: TeamKeys;
  readonly hasThem: boolean;
  /** What the last try met. */
  readonly problem: string;
}

/** Every sandbox of these teams that has begun and not ended. */
export async function findRecipients(
  context: Pick<Context, 'sql' | 'publicUrl'>,
  teams: readonly TeamKeys[],
): Promise<Recipient[]> {
  const byTeam = new Map(teams.map((keys) => [keys.teamId, { keys, stamp: stampOf(partsOf(context, keys)) }]));
  const living = await findLiving(context.sql, [...byTeam.keys()]);
  const deliveries = await readDeliveries(
    context.sql,
    living.map(({ id }) => id),
  );
  const bySandbox = new Map(deliveries.map((delivery) => [delivery.sandboxId, delivery]));
  return living.flatMap((sandbox) => {
    const wanted = byTeam.get(sandbox.teamId);
    const known = bySandbox.get(sandbox.id);
    const isOfThis = known?.attempt === sandbox.attempt;
    return wanted
      ? [
          {
            sandbox,
            keys: wanted.keys,
            // Who was never given any has none.
            hasThem: (isOfThis ? known.stamp : '') === wanted.stamp && !(isOfThis && known.problem !== ''),
            problem: isOfThis ? known.problem : '',
          },
        ]
      : [];
  });
}
