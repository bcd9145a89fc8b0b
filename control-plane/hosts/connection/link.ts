import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createClient, type Client } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { hostConnectionStatement, verifyStatement } from '#contract/statements.ts';
import type { Context } from '../../context.ts';
import { hostCallerFrom } from '../enrolment/access-token.ts';
import { within, type Limits } from './limits.ts';
import { openSession, type AgentSession } from './session.ts';
import { findConnectableHost } from './store.ts';
import { agentTransport } from './transport.ts';

/** An agent's client, and the connection beneath it. */
export interface Link {
  readonly hostId: string;
  readonly instanceId: string;
  /** Of the access token that opened it. */
  readonly epoch: number;
  readonly expiresAt: Date;
  /** What the host is asked over it now. */
  readonly limits: { now: Limits };
  /** What the agent gave to be signed by us; its own proofs are over it, too. */
  readonly agentNonce: Uint8Array;
  readonly client: Client<typeof HostAgentService>;
  readonly session: AgentSession;
}

/** What stands on both sides of the upgrade. */
export interface Handshake {
  readonly installationId: string;
  readonly hostId: string;
  readonly agentNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
}

const proofTimeoutMs = 10_000;

/** Turns an upgraded socket into a client. Nothing is proven yet. */
export function openLink(socket: Duplex, opener: Omit<Link, 'client' | 'session'>): Link {
  const session = within(opener.limits, openSession(socket));
  const transport = agentTransport(session, [HostAgentService.method.run]);
  return { ...opener, session, client: createClient(HostAgentService, transport) };
}

/** Asks the agent to sign our nonce with its host key, as the first call: a stolen access token alone gets nowhere. */
export async function isProven(link: Link, handshake: Handshake, publicKey: Uint8Array): Promise<boolean> {
  const proof = await link.client.proveConnection({ nonce: handshake.serverNonce }, { timeoutMs: proofTimeoutMs });
  return isSigned(link, handshake, proof, publicKey);
}

const isSigned = (
  link: Link,
  handshake: Handshake,
  { signature, instanceId }: { readonly signature: Uint8Array; readonly instanceId: string },
  publicKey: Uint8Array,
): boolean =>
  instanceId === link.instanceId && verifyStatement(hostConnectionStatement(handshake), signature, publicKey);

/**
 * Asks the agent to prove a standing connection again, with the access token that it has now. Answers when that one ends;
 * undefined where it gave none that is later, as older agents do, or where a quarantine keeps it from what the connection carries.
 */
export async function proveAgain({ installation, sql }: Context, link: Link): Promise<Date | undefined> {
  const { hostId, agentNonce, epoch } = link;
  const handshake: Handshake = { installationId: installation.id, hostId, agentNonce, serverNonce: randomBytes(32) };
  const { accessToken, ...proof } = await link.client.proveConnection(
    { nonce: handshake.serverNonce },
    { timeoutMs: proofTimeoutMs },
  );
  const caller = await hostCallerFrom(installation.tokens, accessToken);
  if (caller?.hostId !== hostId || caller.epoch !== epoch || caller.expiresAt <= link.expiresAt) return undefined;
  const host = await findConnectableHost(sql, hostId, epoch);
  if (!host || (host.quarantined && link.limits.now !== 'inventory')) return undefined;
  return isSigned(link, handshake, proof, host.publicKey) ? caller.expiresAt : undefined;
}
