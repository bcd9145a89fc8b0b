import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A forge as far as git goes: `git http-backend` over HTTPS on this machine. */
export interface GitServer {
  /** `https://localhost:…`, in front of a repository's path below the root. */
  readonly url: string;
  /** Whether it answers; else connections are cut. */
  up: boolean;
  /** What it wants to be told in `authorization`; nothing where undefined. */
  authorization: string | undefined;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  stop(): Promise<void>;
}

/** Serves the repositories below a folder. Git trusts it where GIT_SSL_CAINFO names `certificate.pem` in that folder. */
export async function startGitServer(root: string): Promise<GitServer> {
  const [keyFile, certFile] = [join(root, 'key.pem'), join(root, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certFile, '-days', '1', ...subject], { stdio: 'ignore' });
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
    const { authorization } = request.headers;
    state.requests.push({ path: request.url ?? '', authorization });
    if (!state.up) return void request.socket.destroy();
    if (state.authorization !== undefined && authorization !== state.authorization)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    answer(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const state: GitServer = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`, // it listens on a port
    up: true,
    authorization: undefined,
    requests: [],
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return state;
}

function answer(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s));
    const status = headers.find(([name]) => name === 'Status')?.[1];
    response.statusCode = status ? Number(status.split(' ')[0]) : 200;
    for (const [name, value] of headers) if (name && value && name !== 'Status') response.setHeader(name, value);
    response.end(whole.subarray(end + 4));
  });
}
