import type { HostCalls } from '../hosts/index.ts';
import type { SandboxDoor } from '../sandboxes/index.ts';

/** What calls on processes need: the way into sandboxes, and to their hosts. */
export interface ProcessParts {
  readonly calls: HostCalls;
  readonly door: SandboxDoor;
}
