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

/** When we ask whether the other side lives. */
export interface SessionTimes {
  /** Where nothing was heard for so long and calls are under way, or one begins. */
  readonly quietMs: number;
  /** Where nothing was heard for so long at all. Agents ping every 15 s: one that lives and has nothing to do is never asked. */
  readonly restingMs: number;
  readonly answerWithinMs: number;
  /** How often is looked whether one of these is over; a call that begins looks at once. */
  readonly lookEveryMs: number;
}

const ordinaryTimes: SessionTimes = {
  quietMs: 10_000,
  restingMs: 20_000,
  answerWithinMs: 5_000,
  lookEveryMs: 5_000,
};
/**
 * What a host may send ahead. Node reads nothing while it writes, so a stream that is cancelled goes on for its whole
 * window: with 4 MiB of one-line outputs that took 4 s, with this 0.2 s.
 */
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 4 * 1024 * 1024;
const authority = 'http://host.muster.internal';

/** Takes over the socket. What had arrived behind the upgrade's request must have been put back into it. */
export function openSession(socket: Duplex, times = ordinaryTimes): AgentSession {
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
      // Where we stood still ourselves, the answer may be there already: what has arrived is read before it is judged.
      const timer = setTimeout(() => setImmediate(lost), timeoutMs);
      session.once('close', lost);
      if (session.closed || session.destroyed || !session.ping((error) => settle(error === null))) settle(false);
    });

  // Data is a sign of life, too: the answer to a ping may stand behind a lot of it. So are pings of the other side.
  let heardAtMs = performance.now();
  const hear = () => void (heardAtMs = performance.now());
  session.on('ping', hear);
  let underWay = 0;
  let isAsking = false;
  const askAfter = async (quietMs: number) => {
    const beganMs = performance.now();
    if (isAsking || heardAtMs > beganMs - quietMs) return;
    isAsking = true;
    const isAlive = (await answers(times.answerWithinMs)) || heardAtMs > beganMs;
    isAsking = false;
    if (isAlive) hear();
    else end();
  };
  const asking = setInterval(() => void askAfter(underWay > 0 ? times.quietMs : times.restingMs), times.lookEveryMs);
  asking.unref();
  const begin = (stream: http2.ClientHttp2Stream) => {
    underWay += 1;
    stream.once('close', () => (underWay -= 1));
    void askAfter(times.quietMs);
    return stream;
  };
  const ended = new Promise<void>((resolve) => {
    session.once('close', () => {
      clearInterval(asking);
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
      return begin(session.request({ ':method': 'POST', ':path': path, ...headers }));
    },
    async request(method, path, headers, options) {
      if (session.closed || session.destroyed) throw connectionEnded();
      return begin(session.request({ ...headers, ':method': method, ':path': path }, options));
    },
    notifyResponseByteRead: hear,
  };
}

const connectionEnded = () => new ConnectError('the connection to the host has ended', Code.Unavailable);
