import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Context } from '../context.ts';
import { isIn, isPrivateAddress } from './addresses.ts';
import { OutgoingFailure, type OutgoingFailureKind } from './failure.ts';

/** Decides where a URL may lead, by the configuration. */
export interface Judge {
  /** Throws an OutgoingFailure for an address that may not be called. A name is judged by what it resolves to. */
  requireCallable(): void;
  /** Resolves names, and leaves out what may not be called: the connection goes to the very address that was judged. */
  readonly lookup: LookupFunction;
}

export function judgeOf({ config }: Pick<Context, 'config'>, url: URL): Judge {
  const fail = (kind: OutgoingFailureKind) => new OutgoingFailure(kind, url.host);
  const refusalOf = (address: string) => {
    if (isIn(config.privateRanges, address)) return undefined;
    if (isPrivateAddress(address)) return fail('private_address');
    return url.protocol === 'https:' ? undefined : fail('plain_http');
  };
  return {
    requireCallable() {
      const host = hostOf(url);
      const refused = isIP(host) ? refusalOf(host) : undefined;
      if (refused) throw refused;
    },
    lookup(hostname, options, answer) {
      lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error) return answer(error, []);
        const allowed = found.filter(({ address }) => refusalOf(address) === undefined);
        const [first] = allowed;
        if (!first) return answer(refusalOf(found[0]?.address ?? '') ?? new Error('no address'), []);
        if (options.all) return answer(null, allowed);
        answer(null, first.address, first.family);
      });
    },
  };
}

/**
 * Says at once, when somebody sets an address, that it may not be called. A name that has no address now may get one.
 * Throws an OutgoingFailure.
 */
export async function checkOutgoing(context: Pick<Context, 'config'>, url: URL): Promise<void> {
  const judge = judgeOf(context, url);
  judge.requireCallable();
  if (isIP(hostOf(url))) return;
  await new Promise<void>((resolve, reject) => {
    judge.lookup(hostOf(url), { all: true }, (error) => (error instanceof OutgoingFailure ? reject(error) : resolve()));
  });
}

/** Without the brackets of IPv6. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');
