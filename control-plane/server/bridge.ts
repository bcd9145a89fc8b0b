import type { Transport } from '@connectrpc/connect';
import type { Logger } from 'pino';
import type { Origin } from '../context.ts';
import type { Calls } from './calls.ts';
import type { NodeRequest, NodeResponse } from './http-types.ts';

/** One request to addresses that offer the API in another form. */
export interface BridgeRequest {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** Of the URL, as it was sent. */
  readonly path: string;
  readonly origin: Origin;
  /** Calls the API as whoever asks. */
  readonly transport: Transport;
  /** For work that is not done by calls of the API, to be counted among them. */
  readonly calls: Calls;
  readonly log: Logger;
}

/** Addresses of plain HTTP beside the API, for browsers and curl. All that they do is done by calls of the API. */
export interface Bridge {
  matches(path: string): boolean;
  serve(asked: BridgeRequest): Promise<void>;
}
