import * as http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';
import type { createConnectTransport } from '@connectrpc/connect-node';

/** What a transport over HTTP/2 takes its streams from; the library names the type in its options alone. */
type SessionManager = NonNullable<
  Extract<Parameters<typeof createConnectTransport>[0], { httpVersion: '2' }>['sessionManager']
>;

/** HTTP/2 over a socket that an agent opened; we are the client. It never connects anew: the agent does. */
export interface AgentSession extends SessionManager {
  /** A stream for one call. Throws where the connection has ended. */
  open(path: string, headers: Readonly<Record<string, string>>): http2.ClientHttp2Stream;
  /** Data has arrived: a sign of life. */
  notifyResponseByteRead(): void;
  /** Whether the other side answers a ping in this time. */
  answers(timeoutMs: number): Promise<boolean>;
  close(): void;
  /** Fulfilled when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

const pingIntervalMs = 10_000;
const pingTimeoutMs = 5_000;
/**
 * What a host may send ahead. Node reads nothing while it writes, so a stream that is cancelled goes on for its whole
 * window: with 4 MiB of one-line outputs that took 4 s, with this 0.2 s.
 */
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 4 * 1024 * 1024;
const authority = 'http://host.muster.internal';

/** Takes over the socket. What had arrived behind the upgrade's request must have been put back into it. */
export function openSession(socket: Duplex): AgentSession {
  const session = http2.connect(authority, {
    createConnection: () => socket,
    settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    // In MB. With the default of 10, forty slow readers would keep everybody else out.
    maxSessionMemory: 512,
  });
  session.once('connect', () => session.setLocalWindowSize(connectionWindowBytes));
  // The reason is of no use: what follows is always the end, and every call on it says that the host is out of reach.
  session.on('error', () => {});
  // With an error, the calls on it fail at once; without one they would wait for their deadlines.
  const end = () => session.destroy(connectionEnded(), http2.constants.NGHTTP2_CANCEL);
  // The port lets connections be half open; of this one nothing is left when the agent has closed its half.
  socket.once('end', end);

  const answers = (timeoutMs: number) =>
    new Promise<boolean>((resolve) => {
      const settle = (answered: boolean) => {
        clearTimeout(timer);
        session.off('close', lost);
        resolve(answered);
      };
      const lost = () => settle(false);
      const timer = setTimeout(lost, timeoutMs);
      session.once('close', lost);
      if (session.closed || session.destroyed || !session.ping((error) => settle(error === null))) settle(false);
    });

  // Data is a sign of life, too: the answer to a ping may stand behind a lot of it.
  let heardAtMs = performance.now();
  const heardSince = (atMs: number) => heardAtMs > atMs;
  const pinging = setInterval(() => {
    const beganMs = performance.now();
    if (heardSince(beganMs - pingIntervalMs)) return;
    void answers(pingTimeoutMs).then((alive) => alive || heardSince(beganMs) || end());
  }, pingIntervalMs);
  pinging.unref();
  const ended = new Promise<void>((resolve) => {
    session.once('close', () => {
      clearInterval(pinging);
      socket.destroy();
      resolve();
    });
  });

  return {
    authority,
    ended,
    answers,
    close: end,
    open(path, headers) {
      if (session.closed || session.destroyed) throw connectionEnded();
      return session.request({ ':method': 'POST', ':path': path, ...headers });
    },
    async request(method, path, headers, options) {
      if (session.closed || session.destroyed) throw connectionEnded();
      return session.request({ ...headers, ':method': method, ':path': path }, options);
    },
    notifyResponseByteRead: () => void (heardAtMs = performance.now()),
  };
}

const connectionEnded = () => new ConnectError('the connection to the host has ended', Code.Unavailable);
