import type { Context } from '../../context.ts';
import type { Hands } from '../images.ts';
import { actOnSandbox, storableLog } from '../act.ts';
import { recordObserved, type Observation } from '../changes.ts';
import { applyNetwork } from '../network.ts';
import { placeAgain } from '../place-again.ts';
import { startSandbox } from '../start.ts';
import type { Step } from './plan.ts';
import type { Known } from './store.ts';

const callTimeoutMs = 30_000;

/** Carries out one step. Idempotent; every write is a compare-and-set on what was compared. */
export async function carryOut(context: Context, calls: Hands, hostId: string, step: Step): Promise<void> {
  switch (step.kind) {
    case 'observe':
      return record(context, step.sandbox, step);
    case 'act':
      return actOnSandbox(context, calls, step.sandboxId);
    case 'network':
      return applyNetwork(context, calls, step.sandboxId);
    case 'bury': {
      const lastLog = await destroy(calls, hostId, step.sandbox.id, step.sandbox.attempt);
      const observed = step.sandbox.wanted === 'destroyed' ? 'destroyed' : 'failed';
      return record(context, step.sandbox, { ...step, observed, lastLog });
    }
    case 'remove':
      await destroy(calls, hostId, step.sandboxId, step.attempt);
      return;
    case 'freeze':
      if (step.running) {
        const { sandboxId, attempt } = step;
        await calls.call(hostId, callTimeoutMs, (client, options) =>
          client.pauseSandbox({ sandboxId, attempt }, options),
        );
      }
      return;
    case 'gone':
      return record(context, step.sandbox, { observed: step.observed, reason: step.reason, hostRevision: undefined });
    case 'never_started': {
      // The host remembers it as ended: should the lost call still arrive, it starts nothing.
      const { sandbox } = step;
      await destroy(calls, hostId, sandbox.id, sandbox.attempt);
      const next = await placeAgain(
        context,
        sandbox,
        'The call that should have started it never reached its host.',
        'never_started',
      );
      if (next) await startSandbox(context, calls, next);
    }
  }
}

async function destroy(calls: Hands, hostId: string, sandboxId: string, attempt: number): Promise<string> {
  const { lastLog } = await calls.call(hostId, callTimeoutMs, (client, options) =>
    client.destroySandbox({ sandboxId, attempt }, options),
  );
  return storableLog(lastLog);
}

async function record(
  { sql }: Context,
  { id, attempt, observedRevision }: Known,
  seen: Pick<Observation, 'observed' | 'hostRevision' | 'wentBack' | 'reason' | 'lastLog'>,
): Promise<void> {
  await recordObserved(sql, { id, attempt, since: observedRevision, ...seen });
}
