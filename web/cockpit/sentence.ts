import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';

/** What a user has here and what changed, in a sentence or two. */
export function cockpitSentence(sandboxes: readonly Sandbox[], changes: number): string {
  const news =
    changes === 0 ? '' : ` ${changes === 1 ? 'One thing' : `${changes} things`} changed since your last visit.`;
  return `${whatRuns(sandboxes)}.${news}`;
}

function whatRuns(sandboxes: readonly Sandbox[]): string {
  const running = sandboxes.filter(({ observed }) => observed === ObservedState.RUNNING).length;
  const silent = sandboxes.filter(({ silentSince }) => silentSince !== undefined).length;
  if (sandboxes.length === 0) return 'You have no sandbox at the moment';
  if (sandboxes.length === 1)
    return `Your sandbox ${running === 1 ? 'is running' : 'is not running'}${silent === 1 ? '; its work is silent' : ''}`;
  const quiet = silent === 0 ? '' : `; the work in ${silent === 1 ? 'one' : silent} of them is silent`;
  return `${running} of ${sandboxes.length} sandboxes ${running === 1 ? 'is' : 'are'} running${quiet}`;
}
