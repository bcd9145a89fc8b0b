import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionPath, connectionProtocol } from '#contract/connection.ts';
import { headerOf } from './http-types.ts';

/** Takes over the socket of a host that upgrades its connection, with everything that is still to be checked, and answers itself. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Whether a request asks for a host's connection. Other upgrades are not offered: such requests are answered as they stand. */
export const isConnectionUpgrade = (request: IncomingMessage): boolean =>
  request.url === connectionPath && headerOf(request, 'upgrade')?.toLowerCase() === connectionProtocol;
