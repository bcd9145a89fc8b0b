import { join } from 'node:path';
import type { Services } from '../context.ts';
import { driftGuard, type HostCalls } from '../hosts/index.ts';
import type { Loop } from '../loops/index.ts';
import type { Images } from '../sandboxes/index.ts';
import { directoryStore, type LayerStore } from '../store/index.ts';
import { bringLayers } from './move.ts';
import { removeLayers, storeLayers } from './tidy.ts';

/** The layers of an installation. */
export interface Layers {
  readonly store: LayerStore;
  readonly bring: Images['bring'];
  readonly loops: readonly Loop[];
}

/** Everything here looks at it all again after so many of the replica's sweeps. */
const sweeps = 3;

export function openLayers({ config }: Services, calls: HostCalls): Layers {
  const hands = { calls, store: directoryStore(join(config.dataDir, 'layers')) };
  const everyMs = config.sweepIntervalMs * sweeps;
  const mayEnd = driftGuard();
  return {
    store: hands.store,
    bring: (context, hostId, layers, stillGoing) => bringLayers(context, hands, { hostId, layers, stillGoing }),
    loops: [
      {
        name: 'layers.store',
        everyMs,
        wakeOn: ['layer', 'connection'],
        singleton: false,
        run: (context) => storeLayers(context, hands),
      },
      {
        name: 'layers.remove',
        everyMs,
        wakeOn: ['layer', 'connection'],
        singleton: false,
        run: async (context) => ((await mayEnd(context.sql)) ? removeLayers(context, hands) : { held: true }),
      },
    ],
  };
}
