import { constants, type ClientHttp2Stream, type ServerHttp2Stream } from 'node:http2';

interface PassOn {
  /** Ends it before it is over. */
  readonly signal: AbortSignal;
  /** The host has sent something: it lives. */
  readonly onHeard: () => void;
}

/**
 * Joins another replica's stream with one to the host, byte for byte and at the pace of whoever is slower. Resolves when
 * it is over.
 */
export function passOn(asked: ServerHttp2Stream, host: ClientHttp2Stream, { signal, onHeard }: PassOn): Promise<void> {
  if (asked.destroyed) {
    host.close(constants.NGHTTP2_CANCEL);
    return Promise.resolve();
  }
  // What became of either is said by its end.
  asked.on('error', () => {});
  host.on('error', () => {});
  asked.pipe(host);
  host.once('response', (answer) => {
    if (asked.destroyed) return;
    asked.respond({ ':status': answer[':status'] ?? 502, 'content-type': answer['content-type'] ?? '' });
    host.pipe(asked);
    host.on('data', onHeard);
  });
  const breakOff = () => asked.close(constants.NGHTTP2_INTERNAL_ERROR);
  host.once('close', () => {
    if (!host.readableEnded) breakOff();
  });
  signal.addEventListener('abort', breakOff);
  return new Promise((resolve) => {
    asked.once('close', () => {
      signal.removeEventListener('abort', breakOff);
      // With this code the host sees a caller who went away; what has ended is not touched by it.
      host.close(constants.NGHTTP2_CANCEL);
      resolve();
    });
  });
}
