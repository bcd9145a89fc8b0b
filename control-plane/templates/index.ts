import type { Loop } from '../loops/index.ts';
import { settleInterrupted } from './create.ts';

export { templateRoutes } from './rpc.ts';
export { holdTemplate as templateLayers } from './store.ts';

/** Fails templates whose builder's caller has died. */
export const templatesLoop: Loop = {
  name: 'templates.settle',
  everyMs: 60_000,
  singleton: true,
  run: settleInterrupted,
};
