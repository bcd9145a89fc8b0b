import { createServer } from 'node:net';

/** An address of this machine that nobody listens at: for a server that comes back at the same one. */
export function freeAddress(): Promise<string> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const found = server.address();
      server.close(() => resolve(`127.0.0.1:${typeof found === 'object' && found ? found.port : 0}`));
    });
  });
}
