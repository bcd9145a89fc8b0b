/** Where the driver is to connect. */
export interface DatabaseAddress {
  readonly url: string;
  /** A local socket, instead of host and port of the URL. */
  readonly path?: string;
}

const defaultPort = '5432';

/**
 * Reads the parameter `host` of a URL as libpq does, which the driver does not know: the directory of a local socket, or
 * with an @ in front its name in the abstract namespace of Linux. One is reached in half the time of a port.
 */
export function readAddress(url: string): DatabaseAddress {
  const address = new URL(url);
  const host = address.searchParams.get('host');
  if (host === null || !/^[/@]/.test(host)) return { url };
  address.searchParams.delete('host');
  return { url: address.href, path: `${host.replace(/^@/, '\0')}/.s.PGSQL.${address.port || defaultPort}` };
}
