/** Where the driver is to connect. */
export interface DatabaseAddress {
  readonly url: string;
  /** A local socket, instead of host and port of the URL. */
  readonly path?: string;
  /** No encryption, whatever the URL says: PostgreSQL offers none on a local socket. */
  readonly ssl?: false;
}

const defaultPort = '5432';

/**
 * Reads the parameters `host` and `port` of a URL as libpq does where they name a local socket, which the driver does not
 * know: by its directory, or with an @ in front by its name in the abstract namespace of Linux. It is reached in half the
 * time of a port.
 */
export function readAddress(url: string): DatabaseAddress {
  // What names several machines, which the driver tries one after the other, is no URL.
  if (!/[?&]host=/.test(url)) return { url };
  const address = new URL(url.replace('@/', '@localhost/'));
  const { searchParams } = address;
  const host = searchParams.get('host') ?? '';
  if (!/^[/@]/.test(host)) return { url };
  const port = searchParams.get('port') ?? (address.port || defaultPort);
  for (const name of ['host', 'port']) searchParams.delete(name);
  return { url: address.href, path: `${host.replace(/^@/, '\0')}/.s.PGSQL.${port}`, ssl: false };
}
