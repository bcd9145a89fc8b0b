import { hostname } from 'node:os';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { GetCallerResponseSchema, type DeviceLoginPrompt } from '#proto/muster/v1/auth_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { credentialPath, keepCredential, type Credential } from '../session/credentials.ts';
import { sessionWith, withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { openBrowser } from './browser.ts';

/** Options of `muster login`. */
export interface LogInOptions extends SessionOptions {
  readonly token?: string;
}

/** Signs in and keeps the token. It is tried before it is kept. */
export async function logIn(session: Session, options: LogInOptions): Promise<void> {
  const credential = options.token === undefined ? await throughBrowser(session) : await pasted(session, options.token);
  const signedIn = sessionWith(session, { server: session.server, json: session.json, token: credential.token });
  const answer = await signedIn.auth.getCaller({});
  await keepCredential(session.environment, session.server, credential);
  if (session.json) return printJson(session.stdout, GetCallerResponseSchema, answer);
  session.stdout.write(`Signed in to ${session.server} as ${answer.caller?.name} (${answer.caller?.email}).\n`);
  if (session.environment.MUSTER_TOKEN) {
    session.stderr.write('MUSTER_TOKEN is set and goes before this sign-in. Unset it to use the sign-in.\n');
  }
  session.stderr.write(`The token is in ${credentialPath(session.environment)}.\n`);
}

async function pasted(session: Session, given: string): Promise<Credential> {
  const token = (given === '-' ? await readLine(session) : given).trim();
  if (token === '') throw new CliError('The token is empty. Make one in the console under Account.', exitCodes.usage);
  return { token, ownSession: false };
}

async function readLine(session: Session): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of session.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function throughBrowser(session: Session): Promise<Credential> {
  const anonymous = sessionWith(session, { server: session.server, json: session.json, token: undefined });
  const progress = anonymous.auth.startDeviceLogin({ deviceName: `muster on ${hostname()}` }, withoutDeadline);
  for await (const { event } of progress) {
    if (event.case === 'prompt') showPrompt(session, event.value);
    if (event.case === 'token') {
      const { token, expiresAt } = event.value;
      return { token, ownSession: true, ...(expiresAt && { expiresAt: timestampDate(expiresAt).toISOString() }) };
    }
  }
  throw new CliError('The sign-in ended without a token. Run muster login again.', exitCodes.unavailable);
}

function showPrompt(session: Session, { verificationUrl, userCode }: DeviceLoginPrompt): void {
  const opened = session.stderr.isTTY === true && openBrowser(verificationUrl, session.environment);
  session.stderr.write(`${opened ? 'Your browser opens' : 'Open'} ${verificationUrl}\n`);
  session.stderr.write(`and approve there if it shows the code ${userCode}. Waiting …\n`);
}
