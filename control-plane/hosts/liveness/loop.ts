import type { Services } from '../../context.ts';
import { isDatabaseUnavailable } from '../../database/index.ts';
import type { Loop } from '../../loops/index.ts';
import type { SandboxesOnHosts } from '../sandboxes-on-hosts.ts';
import { sweepSilentHosts } from './sweep.ts';

/**
 * Looks for hosts that fell silent. Nobody is declared unreachable for a while after this replica has started or could
 * not reach its database: the silence may have been ours.
 */
export function livenessLoop({ config, clock }: Services, sandboxes: SandboxesOnHosts): Loop {
  let graceUntil = clock.now() + config.startupGraceMs;
  return {
    name: 'hosts.liveness',
    everyMs: config.sweepIntervalMs,
    wakeOn: ['connection'],
    singleton: true,
    async run(context) {
      try {
        return await sweepSilentHosts(context, sandboxes, { inGrace: clock.now() < graceUntil });
      } catch (error) {
        if (isDatabaseUnavailable(error)) graceUntil = clock.now() + config.startupGraceMs;
        throw error;
      }
    },
  };
}
