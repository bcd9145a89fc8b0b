import { DestroySandboxResponseSchema } from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';

/** Ends sandboxes, one after the other; stops at the first that cannot be ended. */
export async function destroySandboxes(session: Session, sandboxIds: readonly string[]): Promise<void> {
  for (const sandboxId of sandboxIds) {
    const answer = await session.sandboxes.destroySandbox({ sandboxId });
    if (session.json) printJson(session.stdout, DestroySandboxResponseSchema, answer);
    else session.stdout.write(`${sandboxId}: ${answer.sandbox?.stateLabel}\n`);
  }
}
