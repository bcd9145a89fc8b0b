import { randomBytes } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createClient, type Client } from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EnrolmentService } from '#proto/muster/agent/v1/enrolment_pb.js';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { connectionHeaders, connectionProtocol } from '#contract/connection.ts';
import {
  hostConnectionStatement,
  serverConnectionStatement,
  signStatement,
  verifyStatement,
} from '#contract/statements.ts';
import { TestInstallation, testHost } from './installation.ts';

/** A connection of the agent: the control plane is its client. */
export interface AgentConnection {
  readonly instanceId: string;
  readonly client: Client<typeof HostAgentService>;
  /** Whether the agent has signed our nonce with its host key. */
  readonly proved: Promise<boolean>;
  cut(): void;
}

/** What some proxy answers in its place. */
const proxyAnswers: Readonly<Record<string, number>> = { 'not found': 404, 'bad gateway': 502, redirect: 302 };

type Method = 'joinHost' | 'refreshCredentials' | 'heartbeat';

/** The control plane's side of the agent's protocol on a real port, which can be told to fail. */
export class TestControlPlane {
  readonly installation: TestInstallation;
  readonly connections: AgentConnection[] = [];
  /**
   * `html`: some proxy answers everything with a page. `other key`: the connection is signed by somebody else. `lets go`:
   * the connection is ended right after the agent's proof, as that of a second agent instance is.
   */
  mode: 'ok' | 'html' | 'other key' | 'lets go' | 'not found' | 'bad gateway' | 'redirect' = 'ok';
  /** Connections that were begun, and upgrades that some proxy answered. */
  readonly dials = { begun: 0, answeredByProxy: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #toLose = new Set<Method>();
  /** The same server, where it speaks TLS. */
  readonly #secure: TlsServer | undefined;

  private constructor(installation: TestInstallation, tls: { key: string; cert: string } | undefined) {
    this.installation = installation;
    const rpc = connectNodeAdapter({
      routes: (router) =>
        router
          .service(EnrolmentService, installation.service)
          .service(SetupService, { getSetup: () => ({ installationId: installation.id }) }),
    });
    const answer: RequestListener = (request, response) => {
      const status = proxyAnswers[this.mode];
      if (status !== undefined) {
        response.writeHead(status, { location: 'http://127.0.0.1:9/elsewhere' }).end('not here');
        return;
      }
      if (this.mode === 'html') {
        response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Who are you?</h1>');
        return;
      }
      const lost = [...this.#toLose].find((method) => request.url?.toLowerCase().endsWith(`/${method.toLowerCase()}`));
      if (lost) {
        this.#toLose.delete(lost);
        // The work is done; the answer never leaves.
        response.writeHead = () => {
          request.socket.destroy();
          return response;
        };
      }
      rpc(request, response);
    };
    this.#secure = tls && createTlsServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'] }, answer);
    this.#server = this.#secure ?? createServer(answer);
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(
    installation = new TestInstallation(),
    tls?: { key: string; cert: string },
  ): Promise<TestControlPlane> {
    const controlPlane = new TestControlPlane(installation, tls);
    await controlPlane.listen(0);
    return controlPlane;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on TCP
  }

  get url(): string {
    return `${this.#secure ? 'https://localhost' : 'http://127.0.0.1'}:${this.port}`;
  }

  /** The newest connection that stands. */
  get connection(): AgentConnection | undefined {
    return this.connections.at(-1);
  }

  /** The next answer to this method is lost, after the work was done. */
  loseNext(method: Method): void {
    this.#toLose.add(method);
  }

  /** Shows another certificate from now on. Connections that stand are cut. */
  showCertificate(tls: { key: string; cert: string }): void {
    this.#secure?.setSecureContext(tls);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops listening and cuts everything. Answers the port, to come back on. */
  async goDown(): Promise<number> {
    const { port } = this;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    return port;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.goDown();
  }

  #upgrade({ headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { installation } = this;
    const status = this.mode === 'html' ? 401 : proxyAnswers[this.mode];
    if (status !== undefined) {
      this.dials.answeredByProxy += 1;
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    if (installation.checkToken(headers.authorization ?? null) === undefined) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const statement = {
      installationId: installation.id,
      hostId: testHost.id,
      agentNonce: Buffer.from(String(headers[connectionHeaders.agentNonce]), 'hex'),
      serverNonce: Uint8Array.from(randomBytes(32)),
    };
    const key = this.mode === 'other key' ? new TestInstallation().privateKey : installation.privateKey;
    const signature = signStatement(serverConnectionStatement(statement), key);
    const instanceId = String(headers[connectionHeaders.instanceId]);
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      `Upgrade: ${connectionProtocol}`,
      `${connectionHeaders.serverNonce}: ${Buffer.from(statement.serverNonce).toString('hex')}`,
      `${connectionHeaders.serverSignature}: ${signature.toString('hex')}`,
    ];
    // HTTP/2 on a TLS socket that is still writing aborts the whole process (Node 24).
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, () => this.#turnRoles(socket, head, statement, instanceId));
  }

  #turnRoles(
    socket: Duplex,
    head: Buffer,
    statement: Parameters<typeof hostConnectionStatement>[0],
    instanceId: string,
  ): void {
    const { installation } = this;
    socket.unshift(head);
    // An HTTP server's sockets stay half open; HTTP/2 does not notice then that the agent has left.
    socket.allowHalfOpen = false;
    const sessionManager = new Http2SessionManager('http://agent', {}, { createConnection: () => socket });
    const transport = createConnectTransport({ baseUrl: 'http://agent', httpVersion: '2', sessionManager });
    const client = createClient(HostAgentService, transport);
    const lost = new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)));
    const proof = client
      .proveConnection({ nonce: statement.serverNonce })
      .then(({ signature }) =>
        verifyStatement(hostConnectionStatement(statement), signature, installation.hostKey ?? new Uint8Array()),
      )
      .catch(() => false);
    const connection = {
      instanceId,
      client,
      proved: Promise.race([proof, lost]),
      cut: () => void socket.destroy(),
    };
    this.connections.push(connection);
    this.dials.begun += 1;
    if (this.mode === 'lets go') void proof.then(connection.cut);
    socket.once('close', () => void this.connections.splice(this.connections.indexOf(connection), 1));
  }
}
