import { headerOf, type NodeRequest } from '../../server/http-types.ts';

/** Where replicas take calls for hosts that are connected to them; the agent's own path follows. */
export const forwardingRoot = '/muster-replica';

/** Of an answer: nothing was handed to the host, and why. */
export const notForwardedHeader = 'muster-not-forwarded';

/** Why a replica handed nothing on. */
export type NotForwarded = 'denied' | 'not_connected' | 'quarantined' | 'shutting_down';

/** The agent's path in a forwarded request; undefined for anything else. */
export const agentPathIn = (path: string): string | undefined =>
  /^\/muster-replica(\/muster\.agent\.v1\.HostAgentService\/[A-Za-z]{1,64})$/.exec(path)?.[1];

/** The token that a forwarded request carries. */
export const tokenIn = (request: NodeRequest): string =>
  /^Bearer ([\w.-]{1,4096})$/.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
