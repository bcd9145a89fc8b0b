import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectRouter } from '@connectrpc/connect';
import type { NoteUse } from '../audit/index.ts';
import type { Origin, Services } from '../context.ts';
import { Refusal, StartupError } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { AdmitTraffic } from '../limits/index.ts';
import type { SandboxDoor } from '../sandboxes/index.ts';
import { answerText, headerOf, type NodeRequest, type NodeResponse } from '../server/http-types.ts';
import type { EndpointServer } from '../server/index.ts';
import { findAccess, type EndpointAccess } from './access.ts';
import { authorityOf, pathRoot, readHostForm, readPathForm, type EndpointAddress } from './address.ts';
import { linkCookie, setLinkCookie } from './cookies.ts';
import { isOwnDomain } from './domain.ts';
import { forward, forwardUpgrade, type Forwarding } from './forward.ts';
import { answerExplanation, explain, gone } from './pages.ts';
import { placesOf } from './places.ts';
import { endpointRoutes } from './rpc.ts';
import { PortTunnel } from './tunnel.ts';

/** What endpoints need of other features. */
export interface EndpointParts {
  readonly calls: HostCalls;
  readonly door: SandboxDoor;
  readonly admitTraffic: AdmitTraffic;
  readonly noteUse: NoteUse;
}

/** The endpoints of one replica. */
export interface Endpoints extends EndpointServer {
  routes(router: ConnectRouter): void;
}

/** Between two notes that a connection is in use. */
const noteEveryMs = 30_000;

/** Opens them. Throws a StartupError where the domain for endpoints is the console's own. */
export function openEndpoints(services: Services, parts: EndpointParts): Endpoints {
  const { config, publicUrl } = services;
  const domain = config.endpointDomain;
  if (domain !== undefined && isOwnDomain(domain, publicUrl)) {
    throw new StartupError(
      `MUSTER_ENDPOINT_DOMAIN must be of another registrable domain than the console (${new URL(publicUrl).hostname}): what sandboxes serve must never be of the same site.`,
    );
  }
  const places = placesOf(publicUrl, domain);
  const { isSecure } = places;
  const cookieName = linkCookie(isSecure);
  const secretHeaders = config.signIn.mode === 'trusted_header' ? Object.values(config.signIn.headers) : [];

  const read = (request: NodeRequest): EndpointAddress | 'no slash' | undefined => {
    const label = places.labelOf(authorityOf(request));
    return label === undefined ? readPathForm(request.url ?? '') : readHostForm(label, request.url ?? '');
  };

  /** Everything that stands between a request and the guest. Throws a Refusal. */
  const enter = async (
    request: NodeRequest,
    origin: Origin,
    address: EndpointAddress,
    access: EndpointAccess,
    end: (reason: unknown) => void,
  ): Promise<{ forwarding: Forwarding; leave: () => void }> => {
    const { sandboxId, port } = address;
    await parts.admitTraffic(sandboxId);
    const sandbox = await parts.door.enter(access.context, sandboxId, 'sandbox.endpoint');
    const visit = { action: 'sandbox.visit', target: sandboxId, details: { port: String(port) } };
    // Of links only the making is written down: who holds one is nobody in particular.
    await parts.noteUse(access.context, { ...visit, teamId: sandbox.teamId });
    let notedAt = performance.now();
    const tunnel = await PortTunnel.open(parts.calls, sandbox.hostId, { sandboxId, port }, () => {
      if (performance.now() - notedAt < noteEveryMs) return;
      notedAt = performance.now();
      parts.door.note(sandboxId);
    });
    // Not before: a page that waits for its program, and asks again and again, keeps nothing alive.
    parts.door.note(sandboxId);
    const unwatch = access.watch(sandbox, end);
    tunnel.on('error', end);
    const facts = {
      address,
      authority: authorityOf(request),
      isSecure,
      clientAddress: origin.address,
      isOurAuthorization: access.isOurAuthorization,
      secretHeaders,
      cookieName,
    };
    return {
      forwarding: {
        address,
        facts,
        tunnel,
        origin: places.originOf(address) ?? publicUrl,
        isOpenToOpaquePages: isOpaque(request, address, access),
      },
      leave: unwatch,
    };
  };

  const explainTo = async (
    request: NodeRequest,
    response: NodeResponse,
    error: unknown,
    access?: EndpointAccess,
    address?: EndpointAddress,
  ) => {
    if (!(error instanceof Refusal)) throw error;
    const ended = access && address && (await parts.door.ended(access.context, address.sandboxId));
    answerExplanation(request, response, ended === undefined ? explain(error) : gone(ended));
  };

  const serve = async (request: NodeRequest, response: NodeResponse, origin: Origin, signal: AbortSignal) => {
    const address = read(request);
    if (address === undefined) return answerText(response, 404, 'There is no endpoint at this address.', noStore);
    if (address === 'no slash') return redirect(response, withSlash(request.url ?? ''));
    let access: EndpointAccess | undefined;
    try {
      access = await findAccess(services, request, origin, address, signal);
      if (isPreflight(request) && isOpaque(request, address, access)) return answerPreflight(request, response);
      if (address.form === 'host' && access.link && !access.link.isCookie && isNavigation(request)) {
        const seconds = Math.ceil((access.link.expiresAt.getTime() - services.clock.now()) / 1000);
        response.setHeader('set-cookie', setLinkCookie(isSecure, access.link.text, seconds));
        return redirect(response, address.target);
      }
      const { forwarding, leave } = await enter(request, origin, address, access, () => response.destroy());
      const stop = () => response.destroy();
      signal.addEventListener('abort', stop);
      await forward(forwarding, request, response).finally(() => {
        signal.removeEventListener('abort', stop);
        leave();
      });
    } catch (error) {
      await explainTo(request, response, error, access, address);
    }
  };

  const serveUpgrade = async (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    origin: Origin,
    signal: AbortSignal,
  ) => {
    const response = refusalOn(request, socket);
    const address = read(request);
    if (address === undefined || address === 'no slash')
      return answerText(response(), 404, 'There is no endpoint at this address.', noStore);
    let access: EndpointAccess | undefined;
    try {
      access = await findAccess(services, request, origin, address, signal);
      const { forwarding, leave } = await enter(request, origin, address, access, () => socket.destroy());
      const stop = () => socket.destroy();
      signal.addEventListener('abort', stop);
      await forwardUpgrade(forwarding, request, socket, head, (incoming) => {
        const answer = response();
        answer.statusCode = incoming?.statusCode ?? 502;
        const type = incoming?.headers['content-type'];
        if (type !== undefined) answer.setHeader('content-type', type);
        if (incoming) incoming.pipe(answer);
        else answer.end();
      }).finally(() => {
        signal.removeEventListener('abort', stop);
        leave();
      });
    } catch (error) {
      await explainTo(request, response(), error, access, address);
    }
  };

  return {
    routes: (router) => endpointRoutes(router, { ...parts, places }),
    isFor: (request) => places.labelOf(authorityOf(request)) !== undefined || (request.url ?? '').startsWith(pathRoot),
    handle: serve,
    upgrade(request, socket, head, origin, signal) {
      socket.on('error', () => socket.destroy());
      serveUpgrade(request, socket, head, origin, signal).catch((error: unknown) => {
        services.log.error({ err: error, requestId: origin.requestId }, 'a WebSocket to a sandbox failed');
        socket.destroy();
      });
    },
  };
}

const noStore = { 'cache-control': 'no-store' };

function redirect(response: NodeResponse, location: string): void {
  response.statusCode = 307;
  response.setHeader('location', location);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
  response.end();
}

/** Without it, the links of a page would lead beside it. */
function withSlash(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s, 2);
  return query === undefined ? `${path}/` : `${path}/?${query}`;
}

const isNavigation = (request: NodeRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  (headerOf(request, 'sec-fetch-mode') === 'navigate' || (headerOf(request, 'accept') ?? '').includes('text/html'));

/** Pages of the path form have no origin, so browsers count all that they ask for as foreign, their own files too. */
const isOpaque = (request: NodeRequest, address: EndpointAddress, { link }: EndpointAccess): boolean =>
  address.form === 'path' && link !== undefined && headerOf(request, 'origin') === 'null';

const isPreflight = (request: NodeRequest): boolean =>
  request.method === 'OPTIONS' && headerOf(request, 'access-control-request-method') !== undefined;

function answerPreflight(request: NodeRequest, response: NodeResponse): void {
  response.statusCode = 204;
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-methods', headerOf(request, 'access-control-request-method') ?? '');
  response.setHeader('access-control-allow-headers', headerOf(request, 'access-control-request-headers') ?? '');
  response.setHeader('access-control-max-age', '600');
  response.end();
}

/** Makes an ordinary answer for a request that asked for an upgrade, on a connection that ends with it. */
function refusalOn(request: IncomingMessage, socket: Duplex): () => ServerResponse {
  return () => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // The server hands over what carries the connection; an answer needs nothing of it that a stream has not.
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
    response.once('finish', () => socket.end());
    return response;
  };
}
