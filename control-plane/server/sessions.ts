import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/** A session on which nothing is asked for this long is closed. A stream may be silent for as long as it likes. */
const idleMs = 120_000;

/** Keeps hold of the HTTP/2 sessions, closes the idle ones, and all of them at the end. */
export function trackSessions(server: Http2Server): { close(): void } {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    let streams = 0;
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => (streams -= 1));
      stream.once('finish', () => leave(stream));
    });
    session.setTimeout(idleMs, () => {
      if (streams === 0) session.close();
    });
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  return { close: () => sessions.forEach((session) => session.close()) };
}

/** After so long is looked whether an answer has left; each time after twice as long, up to the most. */
const leftAfterMs = 100;
const mostLeftAfterMs = 10_000;

/**
 * Nobody reads what is still to come of a request that was answered: without this it would keep its stream for as long as
 * its caller likes. Only once the answer has left to its end, trailers included (RFC 9113, 8.1): closing it overtakes them.
 */
function leave(stream: ServerHttp2Stream, afterMs = leftAfterMs): void {
  if (stream.destroyed || stream.readableEnded || stream.state.remoteClose !== 0) return;
  if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
  else setTimeout(() => leave(stream, Math.min(2 * afterMs, mostLeftAfterMs)), afterMs).unref();
}
