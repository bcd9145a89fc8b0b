import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

/** Ends TLS in front of a server that speaks HTTP/2 in the clear, as a proxy of another machine does. */
export interface TlsFront {
  /** `https://localhost:…` */
  readonly url: string;
  /** Its certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  /** How many connections have come by it. */
  readonly connections: number;
  leadTo(url: string): void;
  stop(): void;
}

/** Starts one on a free port, with a certificate of its own. */
export async function startTlsFront(): Promise<TlsFront> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-tls-front-'));
  const [keyFile, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certificate, '-days', '1', ...subject], {
    stdio: 'ignore',
  });
  let target = '';
  let connections = 0;
  const sockets = new Set<TLSSocket>();
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certificate), ALPNProtocols: ['h2'] };
  const server = createServer(tls, (incoming) => {
    connections += 1;
    sockets.add(incoming);
    const { hostname, port } = new URL(target);
    const outgoing = connect({ host: hostname, port: Number(port) });
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    incoming.once('close', () => sockets.delete(incoming) && outgoing.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other address
  return {
    url: `https://localhost:${port}`,
    certificate,
    get connections() {
      return connections;
    },
    leadTo: (url) => void (target = url),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(directory, { recursive: true });
    },
  };
}
