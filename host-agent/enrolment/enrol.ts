import { keyFingerprint } from '#contract/statements.ts';
import { parseToken } from '#contract/token.ts';
import { controlPlaneBackoff } from '../backoff.ts';
import type { Context } from '../context.ts';
import type { HostSpecs } from '../machine/specs.ts';
import { StartupError } from '../startup-error.ts';
import { CredentialStore } from './credentials.ts';
import { openDoor } from './door.ts';
import { readHostKey } from './host-key.ts';
import { joinInstallation } from './join.ts';
import type { AccessGrant, Enrolled } from './rotation.ts';

/** The options of the join command. */
export interface JoinOptions {
  readonly server: string;
  readonly fingerprint: string;
  readonly token: string;
  /** Use the token although this machine is enrolled. */
  readonly rejoin: boolean;
}

export interface Enrolment {
  readonly enrolled: Enrolled;
  readonly grant: AccessGrant | undefined;
}

const joinPatienceMs = 60_000;

/** The enrolment of this data directory. Throws a StartupError where there is none. */
export async function openEnrolment(dataDir: string): Promise<Enrolment> {
  const store = await CredentialStore.open(dataDir);
  if (!store) {
    throw new StartupError(
      `${dataDir} holds no credentials: this machine has not joined yet. Run the join command that the console shows (Hosts, Add host).`,
    );
  }
  return {
    enrolled: { store, hostKey: await readHostKey(dataDir, store.held.hostKeyFile), door: openDoor(store.held.server) },
    grant: undefined,
  };
}

/** Joins as the join command says. A machine that has joined the same installation before just goes on. */
export async function enrol(
  context: Context,
  dataDir: string,
  options: JoinOptions,
  specs: HostSpecs,
): Promise<Enrolment> {
  const token = parseToken(options.token, 'join');
  if (!token) throw new StartupError('The join token is incomplete or mistyped. Copy the whole join command again.');
  if (!/^SHA256:[\w-]{43}$/.test(options.fingerprint))
    throw new StartupError('The fingerprint is incomplete or mistyped. Copy the whole join command again.');
  const server = options.server.replace(/\/+$/, '');
  const door = openDoor(server);
  const store = await CredentialStore.open(dataDir);
  if (store && keyFingerprint(store.held.installation.publicKey) !== options.fingerprint) {
    throw new StartupError(
      `${dataDir} belongs to another installation (${store.held.server}). Give this one its own --data-dir.`,
    );
  }
  if (store && !options.rejoin) {
    const { host } = store.held;
    context.log.info(
      { host: host.name },
      'This machine has joined before; the token was not used. To enrol it anew, add --rejoin.',
    );
    await store.setServer(server);
    return { enrolled: { store, hostKey: await readHostKey(dataDir, store.held.hostKeyFile), door }, grant: undefined };
  }
  const joined = await joinInstallation(context, door, {
    dataDir,
    token,
    fingerprint: options.fingerprint,
    specs,
    patienceMs: joinPatienceMs,
    backoff: controlPlaneBackoff,
  });
  const { host } = joined.store.held;
  context.log.info({ host: host.name, id: host.id }, 'This machine has joined.');
  return { enrolled: { store: joined.store, hostKey: joined.hostKey, door }, grant: joined.grant };
}
