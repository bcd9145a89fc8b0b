import { Code, ConnectError } from '@connectrpc/connect';
import { LogOutResponseSchema } from '#proto/muster/v1/auth_pb.js';
import { create } from '@bufbuild/protobuf';
import { printJson } from '../output/json.ts';
import { keepCredential, readCredential } from '../session/credentials.ts';
import { sessionWith, type Session } from '../session/session.ts';

/** Ends the sign-in at the control plane, where it has a session of its own, and forgets it here. */
export async function logOut(session: Session): Promise<void> {
  const credential = await readCredential(session.environment, session.server);
  const ended = credential?.ownSession ? await endSession(session, credential.token) : true;
  await keepCredential(session.environment, session.server, undefined);
  if (session.json) return printJson(session.stdout, LogOutResponseSchema, create(LogOutResponseSchema));
  session.stdout.write(
    credential ? `Signed out of ${session.server}.\n` : `You were not signed in to ${session.server}.\n`,
  );
  if (!ended)
    session.stderr.write('The control plane could not be reached: the session ends there by itself within a day.\n');
  if (credential && !credential.ownSession) {
    session.stderr.write(
      'The token came from the console and is good until it expires. To end it, end its session there under Account.\n',
    );
  }
}

async function endSession(session: Session, token: string): Promise<boolean> {
  try {
    await sessionWith(session, { server: session.server, json: false, token }).auth.logOut({});
    return true;
  } catch (error) {
    return ConnectError.from(error).code === Code.Unauthenticated; // over already
  }
}
