import { linkParameter, pathRoot } from './address.ts';
import type { Port } from './links.ts';

/** The addresses under which ports are reached. */
export interface Places {
  /** The label in front of the domain for endpoints; undefined for a request to anything else. */
  labelOf(authority: string): string | undefined;
  /** `http://8080-sbx….endpoints.example`; undefined where there is no such domain. */
  originOf(port: Port): string | undefined;
  pathUrl(port: Port, link?: string): string;
  /** Empty where there is no domain for endpoints. */
  hostUrl(port: Port, link?: string): string;
  /** Whether requests come encrypted. */
  readonly isSecure: boolean;
}

/** `domain` is that of the wildcard-host form, under the console's scheme and port. */
export function placesOf(publicUrl: string, domain: string | undefined): Places {
  const { protocol, port: publicPort } = new URL(publicUrl);
  const suffix = domain === undefined ? undefined : `.${domain}${publicPort && `:${publicPort}`}`;
  const originOf = ({ sandboxId, port }: Port) => suffix && `${protocol}//${port}-${sandboxId}${suffix}`;
  return {
    isSecure: protocol === 'https:',
    labelOf(authority) {
      const name = authority.replace(/:\d+$/, '').replace(/\.$/, '');
      return domain !== undefined && (name === domain || name.endsWith(`.${domain}`))
        ? name.slice(0, -domain.length - 1)
        : undefined;
    },
    originOf,
    pathUrl: ({ sandboxId, port }, link) =>
      `${publicUrl}${pathRoot}${sandboxId}/${port}/${link === undefined ? '' : `~${link}/`}`,
    hostUrl(port, link) {
      const origin = originOf(port);
      if (origin === undefined) return '';
      return link === undefined ? `${origin}/` : `${origin}/?${linkParameter}=${link}`;
    },
  };
}
