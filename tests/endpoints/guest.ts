import { readFileSync } from 'node:fs';
import type { Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';

const server = readFileSync(new URL('./guest-server.pl', import.meta.url), 'utf8');

/** A sandbox with a server on a port. */
export interface Guest {
  readonly sandboxId: string;
  stop(): void;
}

/** Makes one; `page` is what it serves at `/page`. */
export async function startGuest(clients: Clients, port: number, page = '<h1>guest</h1>'): Promise<Guest> {
  const { sandbox } = await clients.sandboxes.createSandbox({ limits: { memoryMib: 256, diskMib: 256 } });
  const sandboxId = sandbox!.id;
  const stop = new AbortController();
  const run = async () => {
    const argv = ['sh', '-c', 'cat > /tmp/page.html; exec perl -e "$0" "$1"', server, String(port)];
    for await (const _ of clients.processes.run({ sandboxId, argv, stdin: Buffer.from(page) }, { signal: stop.signal }))
      continue;
  };
  run().catch(() => undefined); // it ends with the test
  await eventually('the guest listens', async () =>
    (await clients.sandboxes.listPorts({ sandboxId })).ports.some((listening) => listening.port === port),
  );
  return { sandboxId, stop: () => stop.abort() };
}
