/** The cookies of a request, as they were written. */
export const readCookies = (header: string): { name: string; value: string; text: string }[] =>
  header
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const at = text.indexOf('=');
      return at < 0 ? { name: '', value: text, text } : { name: text.slice(0, at), value: text.slice(at + 1), text };
    });

/** The cookie that carries a link in the wildcard-host form. Over TLS no other host of the domain can set it. */
export const linkCookie = (isSecure: boolean): string => (isSecure ? '__Host-muster-link' : 'muster-link');

/** The header that sets it. */
export function setLinkCookie(isSecure: boolean, link: string, seconds: number): string {
  const secure = isSecure ? '; Secure' : '';
  return `${linkCookie(isSecure)}=${link}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}
