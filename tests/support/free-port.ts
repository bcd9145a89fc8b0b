import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/**
 * A port of 127.0.0.1 that was free a moment ago, from below those that connections take by themselves: while a program
 * is started again, nothing else comes to sit on its port.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch {
      continue; // somebody has it
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
