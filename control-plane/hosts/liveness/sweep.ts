import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { fleetCondition, recordDisruption } from '../condition/index.ts';
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

/** Marks hosts that fell silent, and what ran on them as missing. Idempotent; a host that is heard meanwhile stays online. */
export async function sweepSilentHosts(
  context: Context,
  sandboxes: SandboxesOnHosts,
  { inGrace }: { inGrace: boolean },
): Promise<SweepResult> {
  const nothing = { unreachable: [], missingSandboxes: 0 };
  if (inGrace) return { ...nothing, held: 'startup grace' };
  const afterMs = context.config.unreachableAfterMs;
  const silence = await findSilence(context.sql, { afterMs, ...disruption });
  const doubtful = isDisruption(silence) ? new Set(silence.together) : new Set<string>();
  const silent = silence.silent.filter((id) => !doubtful.has(id));
  const held = doubtful.size > 0 ? 'disruption' : undefined;
  await tell(context, held && { silent: doubtful.size, online: silence.online });
  if (held)
    context.log.warn(
      { silent: doubtful.size, online: silence.online },
      'many hosts fell silent at once: it is probably us, so none of them is marked yet',
    );
  if (silent.length === 0) return { ...nothing, held };
  return context.transaction(async (sql) => {
    const unreachable = await markUnreachable(sql, silent, afterMs);
    const missingSandboxes = await sandboxes.markMissing(sql, unreachable);
    await announce(sql, 'host', unreachable);
    if (unreachable.length > 0) context.log.warn({ hosts: unreachable, missingSandboxes }, 'hosts fell silent');
    return { unreachable, missingSandboxes, held };
  });
}

/** Pages show it as long as it lasts. */
async function tell({ sql }: Context, disruption: { silent: number; online: number } | undefined): Promise<void> {
  if (await recordDisruption(sql, disruption)) await announce(sql, 'condition', [fleetCondition]);
}

/** How many of how many hosts fell silent at once, where that is so many that it is probably us. */
export async function findDisruption({
  sql,
  config,
}: Pick<Context, 'sql' | 'config'>): Promise<{ readonly silent: number; readonly online: number } | undefined> {
  const silence = await findSilence(sql, { afterMs: config.unreachableAfterMs, ...disruption });
  return isDisruption(silence) ? { silent: silence.together.length, online: silence.online } : undefined;
}

const isDisruption = ({ online, together }: Silence): boolean =>
  online >= disruption.hosts && together.length >= disruption.share * online;
