import type { Http2Server, ServerHttp2Session } from 'node:http2';

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
    });
    session.setTimeout(idleMs, () => {
      if (streams === 0) session.close();
    });
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  return { close: () => sessions.forEach((session) => session.close()) };
}
