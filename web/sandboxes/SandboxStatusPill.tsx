import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { sandboxLook } from './states.ts';

/** A sandbox's state. */
export function SandboxStatusPill({ sandbox }: { sandbox: Sandbox }) {
  const look = sandboxLook(sandbox);
  return <StatusPill look={look} breathing={look.tone === 'good' && sandbox.observed === ObservedState.RUNNING} />;
}
