import { Socket } from 'node:net';

/** Events after which nothing sent on a socket arrives any more. */
const last = new Set<string | symbol>(['error', 'end', 'close']);

/**
 * A socket that says at the first sign that it is over. The driver learns it a moment later, and forgets what is sent in
 * between: such a statement would never be answered.
 */
class WatchedSocket extends Socket {
  readonly #onOver: () => void;

  constructor(onOver: () => void) {
    super();
    this.#onOver = onOver;
  }

  // Not a listener: the driver removes all listeners when it talks TLS.
  override emit(event: string | symbol, ...parameters: unknown[]): boolean {
    if (last.has(event)) this.#onOver();
    return super.emit(event, ...parameters);
  }
}

/** Where the driver was told to connect, as it hands it to whoever makes its sockets. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** A socket in the file system instead. */
  readonly path: string | false | undefined;
}

/**
 * Makes the driver's sockets, as long as there is no problem with that: where there is, what waits for a connection fails
 * with it. What the driver sends before they are connected waits in them.
 */
export function socketMaker(onOver: () => void, problemNow: () => Error | undefined): (target: Target) => Socket {
  let next = 0;
  return ({ host, port, path }) => {
    const problem = problemNow();
    const socket = new WatchedSocket(onOver);
    if (problem) {
      // A socket that fails once the driver listens to it, and not an error here: that it tells only to the first
      // statement of all that wait.
      setImmediate(() => socket.destroy(problem));
      return socket;
    }
    if (path) return socket.connect(path);
    const index = next % host.length;
    next += 1;
    // The driver reads the name from the socket when it checks the certificate.
    return Object.assign(socket.connect(port[index]!, host[index]!), { host: host[index] }); // one port for each host
  };
}
