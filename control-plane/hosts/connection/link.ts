import type { Duplex } from 'node:stream';
import { createClient, type Client } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { hostConnectionStatement, verifyStatement } from '#contract/statements.ts';
import { openSession, type AgentSession } from './session.ts';
import { agentTransport } from './transport.ts';

/** An agent's client, and the connection beneath it. */
export interface Link {
  readonly hostId: string;
  readonly instanceId: string;
  /** Of the access token that opened it. */
  readonly epoch: number;
  readonly expiresAt: Date;
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
export function openLink(socket: Duplex, opener: Pick<Link, 'hostId' | 'instanceId' | 'epoch' | 'expiresAt'>): Link {
  const session = openSession(socket);
  return { ...opener, session, client: createClient(HostAgentService, agentTransport(session)) };
}

/** Asks the agent to sign our nonce with its host key, as the first call: a stolen access token alone gets nowhere. */
export async function isProven(link: Link, handshake: Handshake, publicKey: Uint8Array): Promise<boolean> {
  const { signature, instanceId } = await link.client.proveConnection(
    { nonce: handshake.serverNonce },
    { timeoutMs: proofTimeoutMs },
  );
  return instanceId === link.instanceId && verifyStatement(hostConnectionStatement(handshake), signature, publicKey);
}
