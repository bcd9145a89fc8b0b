/**
 * Sandboxes in a process of its own, so that it can stand in a network namespace that a test made: there it may switch
 * forwarding on and write rules as on a machine. Does what it is told by messages, one answer each.
 */
import { Place } from '../../sandboxes/testing/place.ts';
import type { NetworkPolicy } from '../policy.ts';

export type Order =
  | { readonly do: 'create'; readonly network: NetworkPolicy }
  | { readonly do: 'run'; readonly sandboxId: string; readonly command: string }
  | { readonly do: 'set'; readonly sandboxId: string; readonly network: NetworkPolicy; readonly revision: number }
  | { readonly do: 'destroy'; readonly sandboxId: string }
  | { readonly do: 'problem' }
  | { readonly do: 'reopen' }
  | { readonly do: 'close' };

const place = await Place.open({ network: 'egress', nameservers: process.argv.slice(2) });

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'create':
      return place.create({ network: order.network });
    case 'run':
      return place.run(order.sandboxId, order.command);
    case 'set':
      return place.sandboxes.setNetwork(order.sandboxId, 1, order.network, order.revision);
    case 'destroy':
      return place.sandboxes.destroy(order.sandboxId, 1);
    case 'problem':
      return place.sandboxes.capabilities().egressProblem;
    case 'reopen':
      return place.reopen();
    case 'close':
      await place.close();
      return undefined;
  }
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  obey(order).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, problem: String(error) }),
  );
});
process.send?.({ id: 0 });
