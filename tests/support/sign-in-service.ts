import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service answers about somebody, in its headers. */
export type Answer = Readonly<Record<string, string>>;

/** A sign-in service of the kind that stands behind nginx's `auth_request`: a page to sign in on, a cookie, and an answer for each request. */
export interface SignInService {
  readonly url: string;
  /** Whom it knows: by the name that they sign in with, and what it says of them. */
  readonly people: Map<string, Answer>;
  stop(): Promise<void>;
}

export async function startSignInService(people: Map<string, Answer>): Promise<SignInService> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://service');
    const [, name] = /(?:^|; )company-sign-in=(\w+)/.exec(request.headers.cookie ?? '') ?? [];
    switch (url.pathname) {
      case '/oauth2/auth': {
        const known = people.get(name ?? '');
        response.writeHead(known ? 202 : 401, known).end();
        return;
      }
      case '/oauth2/start': {
        const to = encodeURIComponent(url.searchParams.get('rd') ?? '/');
        const links = [...people.keys()].map((one) => `<a href="/oauth2/as?name=${one}&rd=${to}">${one}</a>`);
        response.setHeader('content-type', 'text/html').end(`<title>Company sign-in</title>${links.join(' ')}`);
        return;
      }
      case '/oauth2/as':
        response
          .writeHead(302, {
            'set-cookie': `company-sign-in=${url.searchParams.get('name')}; Path=/; HttpOnly`,
            location: url.searchParams.get('rd') ?? '/',
          })
          .end();
        return;
      default:
        response
          .writeHead(200, { 'set-cookie': 'company-sign-in=; Path=/; Max-Age=0' })
          .end('Signed out at the company');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has no other address
  return {
    url: `http://127.0.0.1:${port}`,
    people,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
