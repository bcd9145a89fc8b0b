/**
 * The agent's dialled-out connection: an HTTP/1.1 upgrade on `connectionPath`, authorised by the host's access token.
 * After `101` the roles turn: the control plane is the HTTP/2 client, the agent the server.
 */
export const connectionPath = '/muster.agent.v1/connect';
/** The `Upgrade` token. */
export const connectionProtocol = 'muster-tunnel';

export const connectionHeaders = {
  /** Request: 32 fresh bytes of the agent, hex. */
  agentNonce: 'muster-agent-nonce',
  /** Request: the agent's instance id. */
  instanceId: 'muster-instance-id',
  /** Answer: 32 fresh bytes of the control plane, hex. */
  serverNonce: 'muster-server-nonce',
  /** Answer: the installation's signature of the server's connection statement, hex. */
  serverSignature: 'muster-server-signature',
} as const;
