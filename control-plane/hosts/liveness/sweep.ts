import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { endDisruption, fleetCondition, findDisruption, recordDisruption } from '../condition/index.ts';
import type { SandboxesOnHosts } from '../sandboxes-on-hosts.ts';
import { findSilence, markUnreachable, type Silence } from './store.ts';

/** What a sweep did, or why it did nothing. */
export interface SweepResult {
  readonly unreachable: readonly string[];
  readonly missingSandboxes: number;
  readonly held?: 'startup grace' | 'disruption';
}

/** This share of at least so many hosts falling silent within the window means: probably it is us. */
const disruption = { share: 0.55, hosts: 5, windowMs: 300_000, heldMs: 600_000 };
/** A heartbeat comes after 1.2 intervals at the latest, and may be written a second later. */
const overdueIntervals = 1.5;

/** Marks hosts that fell silent, and what ran on them as missing. Idempotent; a host that is heard meanwhile stays online. */
export async function sweepSilentHosts(
  context: Context,
  sandboxes: SandboxesOnHosts,
  { inGrace }: { inGrace: boolean },
): Promise<SweepResult> {
  const nothing = { unreachable: [], missingSandboxes: 0 };
  if (inGrace) return { ...nothing, held: 'startup grace' };
  const { unreachableAfterMs: afterMs, heartbeatIntervalMs } = context.config;
  const overdueMs = Math.min(afterMs, heartbeatIntervalMs * overdueIntervals);
  const silence = await findSilence(context.sql, { overdueMs, afterMs, ...disruption });
  const disrupted = await judge(context, silence, afterMs);
  const held = disrupted ? 'disruption' : undefined;
  const silent = disrupted ? silence.beyondDoubt : silence.silent;
  if (silent.length === 0) return { ...nothing, held };
  return context.transaction(async (sql) => {
    const unreachable = await markUnreachable(sql, silent, afterMs);
    const missingSandboxes = await sandboxes.markMissing(sql, unreachable);
    await announce(sql, 'host', unreachable);
    if (unreachable.length > 0) context.log.warn({ hosts: unreachable, missingSandboxes }, 'hosts fell silent');
    return { unreachable, missingSandboxes, held };
  });
}

/**
 * Whether the silence is probably ours. It lasts as long as somebody is silent whom we doubt, and most of them are; when
 * most are back, the others have as long as any host before they are marked: agents do not all come back at once.
 */
async function judge({ sql, log }: Context, silence: Silence, lingerMs: number): Promise<boolean> {
  const { together, online } = silence;
  const found = { silent: together, online };
  const doubtful = silence.silent.length - silence.beyondDoubt.length;
  const most = doubtful > 0 && online >= disruption.hosts && together >= disruption.share * online;
  const before = await findDisruption(sql);
  if (!most && !before) return false;
  const isNews = most
    ? await recordDisruption(sql, found)
    : await endDisruption(sql, { lingerMs: doubtful > 0 ? lingerMs : 0 });
  if (isNews) {
    // Pages show it as long as it lasts.
    await announce(sql, 'condition', [fleetCondition]);
    if (most) log.warn(found, 'many hosts fell silent at once: it is probably us, so none of them is marked yet');
    else log.info('most hosts are heard again');
  }
  return most || !isNews;
}
