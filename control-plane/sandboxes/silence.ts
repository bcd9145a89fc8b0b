import { durationMs } from '@bufbuild/protobuf/wkt';
import PQueue from 'p-queue';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { Loop } from '../loops/index.ts';
import { findHostsAtWork, judgeSilence, recordWork } from './silence-store.ts';

/*
 * The silence of the living. A sandbox is *silent* when all of this has been so for `MUSTER_SILENT_AFTER` (2 h):
 *
 * - it is to run, and runs;
 * - it has work that is meant to go on: processes of StartProcess or Run in it, without shells that wait at their prompt, or
 *   the metadata `work=assistant` or `work=scheduled`; never with `work=service`, which waits to be asked;
 * - nobody has used it: no command, input, file or traffic through an endpoint (`last_activity_at`);
 * - its host has watched it and saw no sign of work: no output or input of a process, none that began or ended, less than
 *   60 ms of processor time and 4 KiB of network in each minute, nothing new on its disk.
 *
 * Absence is no evidence: what the host has not watched (its agent was restarted, was away, or is too old to tell) counts
 * as no silence, and so does the time for which a sandbox was paused or stopped. The database's clock decides. It is shown
 * and told; nothing is ever ended for it.
 */

const mostEveryMs = 60_000;
/** Looked at so often that it is told soon after it is so. */
const looks = 20;
const askTimeoutMs = 10_000;
const hostsAtOnce = 8;

export function silenceLoops({ silentAfterMs }: Pick<Config, 'silentAfterMs'>, calls: HostCalls): readonly Loop[] {
  const everyMs = Math.min(mostEveryMs, silentAfterMs / looks);
  return [
    { name: 'sandboxes.work', everyMs, singleton: false, run: (context) => askForWork(context, calls) },
    {
      name: 'sandboxes.silence',
      everyMs,
      singleton: true,
      run: async ({ sql, config }) => ({ changed: (await judgeSilence(sql, config.silentAfterMs)).length }),
    },
  ];
}

/** Asks the hosts that this replica holds what goes on in their sandboxes. */
async function askForWork(context: Context, calls: HostCalls): Promise<{ hosts: number; told: number }> {
  const hostIds = await findHostsAtWork(context.sql, context.replicaId);
  const queue = new PQueue({ concurrency: hostsAtOnce });
  const told = await queue.addAll(
    hostIds.map((hostId) => async () => {
      try {
        const { sandboxes } = await calls.call(hostId, askTimeoutMs, (client, options) => client.getWork({}, options));
        const works = sandboxes.map(({ sandboxId, attempt, processes, quietFor }) => ({
          sandboxId,
          attempt,
          processes,
          quietForMs: quietFor ? durationMs(quietFor) : 0,
        }));
        await recordWork(context.sql, hostId, works);
        return 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        context.log.debug({ hostId, why: error.message }, 'a host does not say what goes on in its sandboxes');
        return 0;
      }
    }),
  );
  return { hosts: hostIds.length, told: told.reduce<number>((sum, count) => sum + count, 0) };
}
