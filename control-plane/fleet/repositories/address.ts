import { isAbsolute, normalize } from 'node:path';
import type { Transport } from '../git/environment.ts';

/** An address as it is kept: in one form, without credentials. */
export type Address = { readonly transport: Transport; readonly address: string };
/** Why an address is not taken, in one sentence. */
export type AddressProblem = { readonly problem: string };

// Blanks, control characters, backslashes and quotes have no place in any address that we take.
const forbidden = /[\p{Cc}\p{Zs}\\"'`]/u;
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])$/i;
const loginName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const scpLike = /^[^/@:]+@[^/:]+:/;
const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/**
 * Reads a repository's address: `https://…`, `ssh://…` or an absolute path. Everything else that git would understand
 * (`ext::`, `file://`, `git://`, options) is refused, since it could run commands or lead elsewhere.
 */
export function parseAddress(text: string): Address | AddressProblem {
  if (forbidden.test(text))
    return { problem: 'The address contains blanks, quotes, backslashes or control characters.' };
  if (isAbsolute(text)) return { transport: 'file', address: withoutSlash(normalize(text)) };
  if (scpLike.test(text))
    return { problem: `Write it as ssh://${text.replace(':', '/')} instead: this short form can be read in two ways.` };
  const kind = scheme.exec(text)?.[1]?.toLowerCase();
  if (kind !== 'https' && kind !== 'ssh') return { problem: otherKinds(kind) };
  const url = URL.parse(text);
  if (!url || !/^[a-z]+:\/\/[^/]/i.test(text)) return { problem: 'The address is no valid URL.' };
  return problemOf(kind, url) ?? { transport: kind, address: withoutSlash(url.href) };
}

function problemOf(kind: 'https' | 'ssh', url: URL): AddressProblem | undefined {
  if (url.password !== '' || (kind === 'https' && url.username !== ''))
    return { problem: 'Credentials do not belong in the address.' };
  if (url.username !== '' && !loginName.test(url.username))
    return { problem: 'The login name in the address has unusual characters.' };
  if (!hostName.test(url.hostname)) return { problem: 'The host name in the address is not valid.' };
  if (url.search !== '' || url.hash !== '')
    return { problem: 'The address has a query or a fragment; it must end with the path of the repository.' };
  if (url.pathname.length < 2 || url.pathname.startsWith('/-'))
    return { problem: 'The address does not name a repository on that host.' };
  return undefined;
}

function otherKinds(kind: string | undefined): string {
  if (kind === 'file') return 'Write a path on this machine as it is (/srv/git/app), without file://.';
  if (kind === 'http' || kind === 'git')
    return `${kind}:// is not protected against changes on the way: use https:// or ssh://.`;
  return 'The address must begin with https:// or ssh://, or be an absolute path on the server.';
}

const withoutSlash = (text: string): string => (text.length > 1 ? text.replace(/\/+$/, '') : text);
