import type { Socket } from 'node:net';

/** How long a connection may stay silent before its first byte. */
const firstByteMs = 10_000;

/**
 * Looks at the first bytes of a socket while it is paused, puts them back, and says what they are. `judge` answers
 * undefined while it needs more. `data` and `unshift` would break HTTP/2.
 */
export function peek<T>(socket: Socket, judge: (seen: Buffer) => T | undefined, found: (what: T) => void): void {
  const pieces: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), firstByteMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', look);
    socket.off('end', giveUp);
    socket.off('close', stop);
  };
  const giveUp = () => {
    stop();
    socket.destroy();
  };
  const look = () => {
    const piece = socket.read() as Buffer | null; // no encoding is set
    if (piece === null) return;
    pieces.push(piece);
    const seen = Buffer.concat(pieces);
    const what = judge(seen);
    if (what === undefined) return;
    stop();
    socket.unshift(seen);
    found(what);
  };
  socket.on('readable', look);
  socket.on('end', giveUp);
  socket.on('close', stop);
}
