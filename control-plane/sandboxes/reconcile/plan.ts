import type { GetInventoryResponse, HostSandbox } from '#proto/muster/agent/v1/host_agent_pb.js';
import { whyAsWanted } from '../as-wanted.ts';
import type { ObservedState } from '../sandbox.ts';
import { observedFrom } from '../wire.ts';
import type { Known } from './store.ts';

/** One thing to do so that database and host agree. */
export type Step =
  /** The host knows better what it is. */
  | {
      readonly kind: 'observe';
      readonly sandbox: Known;
      readonly observed: ObservedState;
      readonly hostRevision: bigint;
      readonly reason: string;
      readonly restored: boolean;
      /** The host says less than it had said before: it goes on from an older copy of its disk, or is one. */
      readonly wentBack: boolean;
    }
  /** It is not what is wanted. */
  | { readonly kind: 'act'; readonly sandboxId: string }
  /** Its network is not what is wanted, or nobody knows. */
  | { readonly kind: 'network'; readonly sandboxId: string }
  /** Its host says that it has failed: the record is kept, what is left of it removed. */
  | { readonly kind: 'bury'; readonly sandbox: Known; readonly hostRevision: bigint; readonly reason: string }
  /** A leftover: its row has ended, or it is another attempt than the one that counts. */
  | { readonly kind: 'remove'; readonly sandboxId: string; readonly attempt: number }
  /** The database does not know it at all: nobody but an operator may decide. */
  | { readonly kind: 'freeze'; readonly sandboxId: string; readonly attempt: number; readonly running: boolean }
  /** The host does not have it any more. */
  | {
      readonly kind: 'gone';
      readonly sandbox: Known;
      readonly observed: 'destroyed' | 'failed';
      readonly reason: string;
    }
  /** The host never started it. */
  | { readonly kind: 'never_started'; readonly sandbox: Known };

export interface Comparison {
  readonly hostId: string;
  /** What should be there, read before the inventory began. */
  readonly known: readonly Known[];
  readonly inventory: Pick<GetInventoryResponse, 'sandboxes' | 'ended'>;
  /** What is known of everything else in the inventory, read after it. */
  readonly others: readonly Known[];
}

/** Compares both directions. Pure: what is done about it, and under which compare-and-set, is another's work. */
export function planReconcile({ hostId, known, inventory, others }: Comparison): Step[] {
  const here = new Map(known.map((sandbox) => [keyOf(sandbox.id, sandbox.attempt), sandbox]));
  const elsewhere = new Map(others.map((sandbox) => [sandbox.id, sandbox]));
  const reported = new Set(inventory.sandboxes.map(({ sandboxId, attempt }) => keyOf(sandboxId, attempt)));
  const ended = new Set(inventory.ended.map(({ sandboxId, attempt }) => keyOf(sandboxId, attempt)));
  // What a host names twice counts once, as it named it last.
  const named = new Map(inventory.sandboxes.map((one) => [keyOf(one.sandboxId, one.attempt), one]));
  return [
    ...[...named.values()].flatMap((found) => {
      const sandbox = here.get(keyOf(found.sandboxId, found.attempt));
      return sandbox
        ? stepsForPresent(sandbox, found)
        : stepsForUnexpected(elsewhere.get(found.sandboxId), found, hostId);
    }),
    ...known.flatMap((sandbox) =>
      reported.has(keyOf(sandbox.id, sandbox.attempt))
        ? []
        : stepsForAbsent(sandbox, ended.has(keyOf(sandbox.id, sandbox.attempt))),
    ),
  ];
}

/** The sandboxes in an inventory that nobody expects on this host. */
export const unexpectedIn = ({ known, inventory }: Pick<Comparison, 'known' | 'inventory'>): string[] => {
  const here = new Set(known.map(({ id, attempt }) => keyOf(id, attempt)));
  return inventory.sandboxes
    .filter(({ sandboxId, attempt }) => !here.has(keyOf(sandboxId, attempt)))
    .map(({ sandboxId }) => sandboxId);
};

function stepsForPresent(sandbox: Known, found: HostSandbox): Step[] {
  const state = observedFrom(found.state);
  if (state === 'failed')
    return [{ kind: 'bury', sandbox, hostRevision: found.revision, reason: found.reason || 'It failed on its host.' }];
  if (state !== 'running' && state !== 'paused' && state !== 'stopped') return []; // still being made
  const steps: Step[] = [];
  // It was asked after it had told what is known.
  const wentBack = found.revision < sandbox.hostRevision;
  if (sandbox.observed !== state || wentBack) {
    const restored = sandbox.observed === 'missing';
    const reason = found.reason || whySo(sandbox, state);
    steps.push({ kind: 'observe', sandbox, observed: state, hostRevision: found.revision, reason, restored, wentBack });
  }
  const byHostAtItsEnd = sandbox.timeOver && sandbox.wanted === 'running';
  if (sandbox.wanted !== state && !byHostAtItsEnd) steps.push({ kind: 'act', sandboxId: sandbox.id });
  if (sandbox.networkPending || found.networkRevision < sandbox.networkRevision)
    steps.push({ kind: 'network', sandboxId: sandbox.id });
  return steps;
}

/** An inventory may show what was done before the call that did it has been answered. */
function whySo(sandbox: Known, state: ObservedState): string {
  const before = sandbox.observed;
  if (before === 'missing') return 'Its host is back, and it was there all the time.';
  const isDone = state === sandbox.wanted && state !== before && before !== 'pending';
  return isDone ? whyAsWanted(sandbox, before) : 'As its host reports.';
}

function stepsForUnexpected(row: Known | undefined, found: HostSandbox, hostId: string): Step[] {
  const { sandboxId, attempt } = found;
  const remove: Step = { kind: 'remove', sandboxId, attempt };
  if (row && attempt < row.attempt) return [remove];
  if (row && attempt === row.attempt && row.hostId === hostId) {
    // Placed here since we began, or ended since.
    return row.observed === 'destroyed' || row.observed === 'failed' ? [remove] : [];
  }
  // Unknown, or newer than what the database knows: an older database was restored, or it is none of ours.
  return [{ kind: 'freeze', sandboxId, attempt, running: observedFrom(found.state) === 'running' }];
}

function stepsForAbsent(sandbox: Known, ended: boolean): Step[] {
  if (!sandbox.callOver) return [];
  if (sandbox.observed === 'pending') return [{ kind: 'never_started', sandbox }];
  if (sandbox.wanted === 'destroyed') return [{ kind: 'gone', sandbox, observed: 'destroyed', reason: sandbox.reason }];
  if (ended && sandbox.timeOver) return []; // with its end wanted it is gone as wanted
  const reason = ended ? 'Its host has ended it.' : 'Its host does not have it any more.';
  return [{ kind: 'gone', sandbox, observed: 'failed', reason }];
}

/** A sandbox may be started more than once: what names one start of it. */
export const keyOf = (id: string, attempt: number): string => `${id}/${attempt}`;
