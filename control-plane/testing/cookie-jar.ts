import { callPlain, type PlainAnswer } from './call.ts';

/** Calls RPCs as a browser does: keeps the cookies that it is given, and sends them. */
export interface CookieJar {
  call(method: string, message?: unknown): Promise<PlainAnswer>;
  /** By name, as they stand now. */
  readonly cookies: ReadonlyMap<string, string>;
  /** Another browser with the same cookies: what somebody has who copied them. */
  copy(): CookieJar;
}

/** An empty one. `headers` go with every call. */
export function cookieJar(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  cookies = new Map<string, string>(),
): CookieJar {
  return {
    cookies,
    async call(method, message = {}) {
      const sent = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await callPlain(url, method, message, { ...headers, ...(sent !== '' && { cookie: sent }) });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
    copy: () => cookieJar(url, headers, new Map(cookies)),
  };
}
