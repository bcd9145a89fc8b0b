import { isIP } from 'node:net';
import { wrongState } from '../errors.ts';

/** For whom passkeys are made: a host name, and the one address of the console under which browsers use them. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/**
 * The relying party of an installation, by its public URL. Browsers know passkeys only for names, so on loopback it is
 * `localhost`, however else the console is opened there. Undefined where the address is another IP address, or not safe.
 */
export function relyingPartyOf(publicUrl: string): RelyingParty | undefined {
  const { protocol, hostname, port, origin } = new URL(publicUrl);
  if (['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    return { id: 'localhost', origin: `${protocol}//localhost${port && `:${port}`}` };
  if (protocol !== 'https:' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  return { id: hostname, origin };
}

/** The same; throws where passkeys are not possible. */
export function requireRelyingParty(publicUrl: string): RelyingParty {
  const party = relyingPartyOf(publicUrl);
  if (party) return party;
  throw wrongState(
    `Browsers allow no passkeys at ${publicUrl}.`,
    'Give the installation an https address with a host name, and set MUSTER_PUBLIC_URL to it.',
  );
}
