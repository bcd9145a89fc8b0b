import { SandboxError } from '../sandboxes/index.ts';

/**
 * What was last wanted of each sandbox, as far as this connection has heard. Calls may be held up on their way, and pass
 * each other: one that is late must not undo what came after it. Forgotten with the connection, like the calls on it.
 */
export class LatestWanted {
  readonly #revisions = new Map<string, bigint>();

  /** Throws `wrong_state` where something newer was heard. Revision 0 says nothing. */
  hear({ sandboxId, wantedRevision }: { readonly sandboxId: string; readonly wantedRevision: bigint }): void {
    if (wantedRevision === 0n) return;
    if (wantedRevision < (this.#revisions.get(sandboxId) ?? 0n))
      throw new SandboxError('wrong_state', 'Something else was asked of this sandbox meanwhile.');
    this.#revisions.set(sandboxId, wantedRevision);
  }

  forget(sandboxId: string): void {
    this.#revisions.delete(sandboxId);
  }
}
