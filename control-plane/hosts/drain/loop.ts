import type { Context, Services } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import { announce } from '../../events/index.ts';
import type { Loop } from '../../loops/index.ts';
import { recordHostAudit } from '../audit.ts';
import { isDrifting } from '../drift/index.ts';
import type { SandboxesOnHosts } from '../sandboxes-on-hosts.ts';
import { endDrain, findRunningDrains, lockDrain, removeDrain, setProgress, type RunningDrain } from './store.ts';

/** Carries drains on: all that it needs to know stands in the database, so it does not matter who began them or when. */
export const drainLoop = ({ config }: Services, sandboxes: SandboxesOnHosts): Loop => ({
  name: 'hosts.drains',
  everyMs: config.sweepIntervalMs,
  wakeOn: ['drain'],
  singleton: true,
  run: (context) => carryOnDrains(context, sandboxes),
});

/** One step of every drain that runs. Idempotent. */
export async function carryOnDrains(context: Context, sandboxes: SandboxesOnHosts): Promise<Record<string, number>> {
  const tally = { drained: 0, gave_up: 0, waiting: 0 };
  for (const hostId of await findRunningDrains(context.sql)) {
    await context.transaction(async (sql) => {
      const drain = await lockDrain(sql, hostId);
      if (drain) tally[await step(sql, context, sandboxes, drain)] += 1;
      else await removeDrain(sql, hostId); // its host was deleted
    });
  }
  return tally;
}

async function step(
  sql: Sql,
  context: Context,
  sandboxes: SandboxesOnHosts,
  drain: RunningDrain,
): Promise<'drained' | 'gave_up' | 'waiting'> {
  const { hostId, action, left } = drain;
  if (left === 0) return end(sql, context, drain, 'drained');
  if (drain.over && action === 'wait') return end(sql, context, drain, 'gave_up');
  if (!drain.over) return say(sql, drain, `Waiting for ${sandboxesOf(left)} to end.`);
  if (await isDrifting(sql)) return say(sql, drain, 'Held until an operator has settled the drift of the database.');
  const wanted = action === 'stop' ? 'stopped' : 'destroyed';
  const asked = await sandboxes.wantAll(sql, context, hostId, wanted, `Its host is being drained: ${drain.reason}`);
  if (asked > 0) await announce(sql, 'inventory', [hostId]);
  const doing = `${action === 'stop' ? 'Stopping' : 'Destroying'} ${sandboxesOf(left)}`;
  return say(sql, drain, drain.hostConnected ? `${doing}.` : `${doing} as soon as the host is connected again.`);
}

const sandboxesOf = (count: number) => (count === 1 ? '1 sandbox' : `${count} sandboxes`);

async function end<State extends 'drained' | 'gave_up'>(
  sql: Sql,
  context: Context,
  { hostId, left }: RunningDrain,
  state: State,
): Promise<State> {
  await endDrain(sql, hostId, state);
  await recordHostAudit(sql, context, hostId, {
    action: state === 'drained' ? 'host.drained' : 'host.drain_gave_up',
    after: { sandboxesLeft: left },
  });
  await announce(sql, 'host', [hostId]);
  return state;
}

async function say(sql: Sql, { hostId, progress: before }: RunningDrain, progress: string): Promise<'waiting'> {
  if (progress !== before) {
    await setProgress(sql, hostId, progress);
    await announce(sql, 'host', [hostId]);
  }
  return 'waiting';
}
