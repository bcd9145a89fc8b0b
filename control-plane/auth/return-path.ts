/** Where a sign-in leads back to: a path of this installation's console, and nothing else whatever a link asks for. */
export function returnPath(wished: string | null, publicUrl: string): string {
  if (wished === null || !wished.startsWith('/') || !URL.canParse(wished, publicUrl)) return '/';
  const { origin, pathname, search } = new URL(wished, publicUrl);
  // `//host` at the start of a path would be another site again.
  return origin === new URL(publicUrl).origin && !pathname.startsWith('//') ? pathname + search : '/';
}
