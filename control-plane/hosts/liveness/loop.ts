import type { Services } from '../../context.ts';
import { openGrace, type Loop } from '../../loops/index.ts';
import type { SandboxesOnHosts } from '../sandboxes-on-hosts.ts';
import { sweepSilentHosts } from './sweep.ts';

/**
 * Looks for hosts that fell silent. Nobody is declared unreachable for a while after this replica has started or could
 * not reach its database: the silence may have been ours.
 */
export function livenessLoop(services: Services, sandboxes: SandboxesOnHosts): Loop {
  const grace = openGrace(services);
  return {
    name: 'hosts.liveness',
    everyMs: services.config.sweepIntervalMs,
    wakeOn: ['connection'],
    singleton: true,
    run: (context) => sweepSilentHosts(context, sandboxes, { inGrace: grace.lasts }),
    cutOff: () => grace.begin(),
  };
}
