import { mintToken } from '#contract/token.ts';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import { announce } from '../events/index.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { isOwnMachine } from '../sign-in-config.ts';
import { requireAllowed } from '../state-rules.ts';
import { recordHostAudit } from './audit.ts';
import { insertJoinToken } from './enrolment/store.ts';
import { hostActions } from './states.ts';
import { lockHost } from './store.ts';

const defaultLifetimeMs = 3_600_000;

/** A one-time token as it is shown once, with the command that uses it. */
export interface JoinToken {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly command: Secret;
  /** Installs the agent on a machine, and asks for the token there. Empty where agents would not accept our address. */
  readonly installCommand: string;
}

/** Mints a join token for a host and ends its older ones. What runs under the old credentials goes on until it is used. */
export async function createJoinToken(
  context: Context,
  hostId: string,
  lifetimeMs: number | undefined,
): Promise<JoinToken> {
  await spend(context, 'mint', context.caller.actor);
  return context.transaction(async (sql) => {
    const host = await lockHost(sql, hostId);
    if (!host) throw notFound('host');
    requireAllowed(hostActions['host.join_token.create'], host.status);
    const token = await mintJoinToken(sql, context, hostId, lifetimeMs);
    await recordHostAudit(sql, context, hostId, {
      action: 'host.join_token.create',
      after: { expiresAt: token.expiresAt },
    });
    await announce(sql, 'host', [hostId]);
    return token;
  });
}

/** The token's row, in the transaction of whoever needs it. */
export async function mintJoinToken(
  sql: Sql,
  context: Context,
  hostId: string,
  lifetimeMs = defaultLifetimeMs,
): Promise<JoinToken> {
  const { id, hash, secret } = mintToken('join');
  const { expiresAt } = await insertJoinToken(sql, { id, hash, hostId, lifetimeMs });
  return {
    token: secret,
    expiresAt,
    command: joinCommand(context, secret),
    installCommand: installCommand(context),
  };
}

function joinCommand({ publicUrl, installation }: Context, token: Secret): Secret {
  return new Secret(
    `npx muster-agent join --server ${publicUrl} --fingerprint ${installation.fingerprint} --token ${token.reveal()}`,
  );
}

/** The token is no part of it: it would stand among the arguments of a program, for all on the machine to read. */
const installCommand = ({ publicUrl }: Context): string =>
  publicUrl.startsWith('https:') || isOwnMachine(publicUrl) ? `curl -fsS ${publicUrl}/install | sudo sh` : '';
