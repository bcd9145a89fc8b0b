import { ConnectError } from '@connectrpc/connect';
import { leaveStatement, signStatement } from '#contract/statements.ts';
import { RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { StartupError } from '../startup-error.ts';
import { Access } from './access.ts';
import { readFailure, reasonOf, RefusedError, UnreachableError } from './failure.ts';
import type { Enrolled } from './rotation.ts';

/**
 * Asks the installation to delete this host. Answers when it has, now or before: then everything here may go. Throws a
 * StartupError where it has not, and nothing has changed.
 */
export async function askToLeave(context: Context, enrolled: Enrolled, force: boolean): Promise<void> {
  const { store, hostKey, door } = enrolled;
  const { installation, host, enrolmentId } = store.held;
  const statement = leaveStatement({ installationId: installation.id, hostId: host.id, enrolmentId, force });
  const signature = Uint8Array.from(signStatement(statement, hostKey.privateKey));
  const access = new Access(enrolled);
  try {
    const token = await access.token(context);
    await door.enrolment.leaveHost(
      { force, signature },
      { headers: { authorization: `Bearer ${token.reveal()}` }, signal: context.signal },
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (isDeleted(error, enrolled)) return;
    throw new StartupError(whyNot(error, enrolled), { cause: error });
  }
}

function isDeleted(error: unknown, { store }: Enrolled): boolean {
  const failure = readFailure(error, store.held, new Uint8Array());
  return failure.kind === 'refused' && failure.refusal === RefusalKind.HOST_DELETED;
}

function whyNot(error: unknown, { door, store }: Enrolled): string {
  const failure = readFailure(error, store.held, new Uint8Array());
  if (failure.kind === 'refused')
    return `${new RefusedError(failure.refusal).message} Ask an operator to delete the host, or run the join command with a new token and --rejoin.`;
  if (error instanceof UnreachableError)
    return `The control plane at ${door.server} could not be reached (${error.message}). Nothing was changed; try again.`;
  const { rawMessage } = ConnectError.from(error);
  return reasonOf(ConnectError.from(error)) === Reason.HOST_HAS_SANDBOXES
    ? `${rawMessage} Drain the host first, or leave with --force, which destroys them. Nothing was changed.`
    : `The control plane did not let this host go: ${rawMessage} Nothing was changed; try again.`;
}
