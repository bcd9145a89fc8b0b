import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { z } from 'zod';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { HostSpecsSchema } from '#proto/muster/v1/host_pb.js';
import { Secret } from '#contract/secret.ts';
import {
  enrolmentStatement,
  joinStatement,
  keyFingerprint,
  signStatement,
  verifyStatement,
} from '#contract/statements.ts';
import { mintToken, parseToken, type Token } from '#contract/token.ts';
import { Backoff, type BackoffTimes } from '../backoff.ts';
import type { Context } from '../context.ts';
import { sayDuration } from '../duration.ts';
import { StartupError } from '../startup-error.ts';
import { writeAtomically } from './atomic-file.ts';
import { CredentialStore } from './credentials.ts';
import type { Door } from './door.ts';
import { reasonOf } from './failure.ts';
import { makeHostKey, readHostKey, type HostKey } from './host-key.ts';
import type { AccessGrant } from './rotation.ts';

/** What the join command says, and the machine. */
export interface JoinRequest {
  readonly dataDir: string;
  readonly token: Token;
  /** Of the installation's public key: `SHA256:…`. */
  readonly fingerprint: string;
  readonly specs: MessageInitShape<typeof HostSpecsSchema>;
  /** How long an unreachable control plane is tried. */
  readonly patienceMs: number;
  readonly backoff: BackoffTimes;
}

/** A fresh enrolment. */
export interface Joined {
  readonly store: CredentialStore;
  readonly hostKey: HostKey;
  readonly grant: AccessGrant;
}

/**
 * Consumes a join token. What is sent is on disk first, so that a repeat after a lost answer or a crash is the same
 * request. Throws a StartupError that says what to do.
 */
export async function joinInstallation(context: Context, door: Door, request: JoinRequest): Promise<Joined> {
  const attempt = await prepareAttempt(request);
  const { installationId, answer } = await persist(context, door, request, async () => {
    const installationId = await door.installationId(context.signal);
    return { installationId, answer: await sendJoin(context, door, request, attempt, installationId) };
  });
  const { installationPublicKey, hostId, hostName, enrolmentId, signature } = answer;
  const statement = enrolmentStatement({ installationId, hostId, enrolmentId, publicKey: attempt.hostKey.publicKey });
  if (
    keyFingerprint(installationPublicKey) !== request.fingerprint ||
    !verifyStatement(statement, signature, installationPublicKey)
  ) {
    throw new StartupError(
      `${door.server} is not the control plane that the join command names: its key is ${keyFingerprint(installationPublicKey)}. Check the address, and that nobody stands between.`,
    );
  }
  if (!answer.accessTokenExpiresAt || answer.installationId !== installationId)
    throw new StartupError(`${door.server} answered an incomplete enrolment.`);
  const store = await CredentialStore.create(request.dataDir, {
    version: 1,
    server: door.server,
    installation: { id: installationId, publicKey: Buffer.from(installationPublicKey) },
    host: { id: hostId, name: hostName },
    enrolmentId,
    hostKeyFile: attempt.hostKey.file,
    refreshToken: attempt.refreshToken,
  });
  await rm(attemptFile(request.dataDir), { force: true });
  return {
    store,
    hostKey: attempt.hostKey,
    grant: { token: new Secret(answer.accessToken), expiresAt: timestampDate(answer.accessTokenExpiresAt) },
  };
}

interface Attempt {
  readonly hostKey: HostKey;
  readonly refreshToken: Token;
}

const attemptFile = (dataDir: string) => join(dataDir, 'joining.json');
const attemptSchema = z.object({ joinTokenId: z.string(), hostKeyFile: z.string(), refreshToken: z.string() });

async function prepareAttempt({ dataDir, token }: JoinRequest): Promise<Attempt> {
  const earlier = await readAttempt(dataDir);
  const refreshToken = earlier?.joinTokenId === token.id ? parseToken(earlier.refreshToken, 'hrt') : undefined;
  if (earlier && refreshToken) return { hostKey: await readHostKey(dataDir, earlier.hostKeyFile), refreshToken };
  const attempt = { hostKey: await makeHostKey(dataDir), refreshToken: mintToken('hrt') };
  const plain = {
    joinTokenId: token.id,
    hostKeyFile: attempt.hostKey.file,
    refreshToken: attempt.refreshToken.secret.reveal(),
  };
  await writeAtomically(attemptFile(dataDir), `${JSON.stringify(plain)}\n`);
  return attempt;
}

async function readAttempt(dataDir: string): Promise<z.infer<typeof attemptSchema> | undefined> {
  try {
    return attemptSchema.parse(JSON.parse(await readFile(attemptFile(dataDir), 'utf8')));
  } catch {
    return undefined; // none, or one that was cut short: a new attempt replaces it
  }
}

function sendJoin(
  context: Context,
  door: Door,
  { token, specs }: JoinRequest,
  { hostKey, refreshToken }: Attempt,
  installationId: string,
) {
  const { publicKey, privateKey } = hostKey;
  const statement = joinStatement({
    tokenId: token.id,
    publicKey,
    installationId,
    refreshTokenHash: refreshToken.hash,
  });
  return door.enrolment.joinHost(
    {
      joinToken: token.secret.reveal(),
      publicKey,
      refreshTokenHash: refreshToken.hash,
      refreshTokenId: refreshToken.id,
      signature: signStatement(statement, privateKey),
      specs,
    },
    { signal: context.signal },
  );
}

/** Tries until the control plane has answered or patience ends. Nothing is burned by a repeat. */
async function persist<T>(
  context: Context,
  door: Door,
  { patienceMs, backoff }: JoinRequest,
  work: () => Promise<T>,
): Promise<T> {
  const waits = new Backoff(backoff);
  const endsAtMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      context.signal.throwIfAborted();
      const error = ConnectError.from(thrown);
      const reason = reasonOf(error);
      if (error.code === Code.Unauthenticated && reason !== Reason.UNSPECIFIED) {
        throw new StartupError(
          'The join token was refused: it is wrong, used or expired. Ask for a new one (console: Hosts, the host, "New join token").',
        );
      }
      if (
        reason !== Reason.UNSPECIFIED &&
        (error.code === Code.InvalidArgument || error.code === Code.FailedPrecondition)
      ) {
        throw new StartupError(`The control plane refused the join: ${error.rawMessage}.`);
      }
      if (performance.now() >= endsAtMs) {
        throw new StartupError(
          `The control plane at ${door.server} could not be reached for ${sayDuration(patienceMs)} (${error.rawMessage}). Check the address and run the same command again: the token is still good.`,
          { cause: error },
        );
      }
      context.log.warn(
        { server: door.server, why: error.rawMessage },
        'The control plane cannot be reached; trying again.',
      );
      await waits.wait(context.signal);
    }
  }
}
