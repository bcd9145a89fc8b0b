import { timeOver } from './changes.ts';
import type { ObservedState, WantedState } from './sandbox.ts';

/**
 * Why a sandbox is as it was wanted, whoever sees it first: the call that did it, or an inventory of its host that came
 * before the answer. Before it was another one.
 */
export function whyAsWanted(
  { wanted, isOver }: { readonly wanted: WantedState; readonly isOver: boolean },
  before: ObservedState,
): string {
  switch (wanted) {
    case 'paused':
      return isOver ? timeOver : 'Paused.';
    case 'stopped':
      return isOver ? timeOver : 'Stopped.';
    case 'running':
      return before === 'stopped' ? 'Started.' : 'Resumed.';
    case 'destroyed':
      return 'Destroyed.';
  }
}
