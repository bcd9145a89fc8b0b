import type { Services } from '../context.ts';
import type { Fleet } from '../fleet/index.ts';
import { openGrace, type Loop } from '../loops/index.ts';
import { gatherFacts } from './facts.ts';
import { sampleAlerts } from './sample.ts';

/** In a fleet so large that a look takes long, looks are rarer: so many times as long is rested, up to so many intervals. */
const restShare = 10;
const mostRest = 4;

/**
 * Compares the rules with the fleet. Silence means nothing for a while after this replica has started or could not reach
 * its database: it may have been ours.
 */
export function sampleLoop(services: Services, fleet: Pick<Fleet, 'readInParts'>): Loop {
  const { config, clock } = services;
  const grace = openGrace(services);
  let restUntil = 0;
  return {
    name: 'alerts.sample',
    everyMs: config.alertIntervalMs,
    singleton: true,
    async run(context) {
      if (clock.now() < restUntil) return { skipped: 'the last look took long' };
      const beganMs = performance.now();
      try {
        return await sampleAlerts(context, await gatherFacts(context, fleet, { inGrace: grace.lasts }));
      } finally {
        const restMs = Math.min((performance.now() - beganMs) * restShare, config.alertIntervalMs * mostRest);
        if (restMs > config.alertIntervalMs) restUntil = clock.now() + restMs;
      }
    },
    cutOff: () => grace.begin(),
  };
}
