import type { HandlerContext } from '@connectrpc/connect';
import type { UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import { resolveCaller } from './callers.ts';
import { setCookie } from './session-cookie.ts';
import type { OpenedSession } from './sessions.ts';

/** Hands a session that was just opened to the browser, and answers who is signed in now: exactly what the next request will find. */
export async function handOver(
  context: Context,
  opened: OpenedSession,
  { responseHeader }: Pick<HandlerContext, 'responseHeader'>,
): Promise<UserCaller> {
  const caller = await resolveCaller(context, { kind: 'cookie', value: opened.token.reveal() }, context.origin);
  if (caller.kind !== 'session') throw unauthenticated();
  responseHeader.append('set-cookie', setCookie(context.publicUrl, opened.token));
  return caller;
}
