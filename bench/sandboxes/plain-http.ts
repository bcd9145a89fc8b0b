// The baseline of file transfers: what Node's HTTP does with the same bytes on the same disk, without sandbox, agent and
// control plane. PUT writes a file beside, syncs and renames it; GET sends it. Prints its port.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const directory = await mkdtemp(join(process.argv[2] ?? '/var/tmp', 'muster-bench-http-'));
const file = join(directory, 'file');

const server = createServer((request, response) => {
  const serve = async () => {
    if (request.method === 'PUT') {
      await pipeline(request, createWriteStream(`${file}.new`));
      const handle = await open(`${file}.new`);
      await handle.sync();
      await handle.close();
      await rename(`${file}.new`, file);
      response.end();
      return;
    }
    response.setHeader('content-length', (await stat(file)).size);
    await pipeline(createReadStream(file), response);
  };
  serve().catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stdout.write(`${address.port}\n`);
});
process.stdin.resume().once('close', () => {
  server.close();
  server.closeAllConnections();
  void rm(directory, { recursive: true, force: true });
});
