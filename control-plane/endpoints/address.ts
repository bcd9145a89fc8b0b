import { headerOf, type NodeRequest } from '../server/http-types.ts';
import { linkPattern, type Port } from './links.ts';

/** Where the path form begins. */
export const pathRoot = '/endpoints/';
/** The parameter that carries a link in the wildcard-host form. */
export const linkParameter = 'muster-link';

/** A request for a port of a sandbox, taken apart. */
export interface EndpointAddress extends Port {
  readonly form: 'path' | 'host';
  /** What stands before the guest's own path: `/endpoints/sbx…/8080`, with the link; empty in the host form. */
  readonly prefix: string;
  /** Path and query as the guest sees them. */
  readonly target: string;
  readonly link: string | undefined;
}

const asPath = new RegExp(
  `^(${pathRoot}(sbx[0-9a-z]{12,58})/(\\d{1,5})(?:/~(${linkPattern}))?)(/[^?#]*)?(\\?[^#]*)?$`,
  'u',
);
const asHost = /^(\d{1,5})-(sbx[0-9a-z]{12,55})$/;

/** The request in the path form; `no slash` where it lacks the one that its pages' links need. */
export function readPathForm(url: string): EndpointAddress | 'no slash' | undefined {
  const [, prefix, sandboxId, port, link, path, query] = asPath.exec(url) ?? [];
  if (prefix === undefined || sandboxId === undefined || !isPort(port)) return undefined;
  if (path === undefined) return 'no slash';
  return { form: 'path', sandboxId, port: Number(port), prefix, target: `${path}${query ?? ''}`, link };
}

/** The request in the wildcard-host form, by the label in front of the domain. */
export function readHostForm(label: string, url: string): EndpointAddress | undefined {
  const [, port, sandboxId] = asHost.exec(label) ?? [];
  if (sandboxId === undefined || !isPort(port) || !url.startsWith('/')) return undefined;
  const [path = '/', query] = url.split('#', 1)[0]!.split(/\?(.*)/s, 2);
  const parameters = query?.split('&') ?? [];
  const isLink = (parameter: string) => parameter.startsWith(`${linkParameter}=`);
  const rest = parameters.filter((parameter) => !isLink(parameter)).join('&');
  const link = parameters.find(isLink)?.slice(linkParameter.length + 1);
  return { form: 'host', sandboxId, port: Number(port), prefix: '', target: rest ? `${path}?${rest}` : path, link };
}

/** The host that a request is for, in lower case, with its port if it names one. */
export const authorityOf = (request: NodeRequest): string =>
  (headerOf(request, ':authority') ?? headerOf(request, 'host') ?? '').toLowerCase();

const isPort = (text: string | undefined): boolean =>
  text !== undefined && /^[1-9]/.test(text) && Number(text) <= 65_535;
