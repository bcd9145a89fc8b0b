/**
 * Where to go after signing in: only a path of this console. Whatever else a link asks for leads home, so that
 * a sign-in link cannot send people to another site.
 */
export function returnPath(wished: string | undefined, origin: string): string {
  if (wished === undefined || !wished.startsWith('/')) return '/';
  try {
    const url = new URL(wished, origin);
    if (url.origin !== origin) return '/';
    const path = url.pathname + url.search + url.hash;
    // `//host` at the start of a path would be another site again.
    return path.startsWith('//') || entrances.has(url.pathname) ? '/' : path;
  } catch {
    return '/';
  }
}

/** Pages for those who are not signed in: nobody wants to come back to them. */
const entrances = new Set(['/sign-in', '/sign-up', '/second-factor', '/setup']);
