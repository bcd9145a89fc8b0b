import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import type { SecondFactorPromptSchema } from '#proto/muster/v1/auth_pb.js';
import type { UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import { relyingPartyOf } from '../second-factor/index.ts';
import { resolveCaller } from './callers.ts';
import { clearCookie, setCookie, setPendingCookie } from './session-cookie.ts';
import type { PendingSignIn } from './pending-sign-ins.ts';
import { pendingLifeSeconds } from './pending-store.ts';
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

/** Hands a pending sign-in to the browser, in place of whatever session it had, and answers what the second step asks for. */
export function handOverPending(
  { publicUrl }: Pick<Context, 'publicUrl'>,
  { token, expiresAt, passkey, recoveryCode }: PendingSignIn,
  { responseHeader }: Pick<HandlerContext, 'responseHeader'>,
): MessageInitShape<typeof SecondFactorPromptSchema> {
  responseHeader.append('set-cookie', setPendingCookie(publicUrl, token, pendingLifeSeconds));
  responseHeader.append('set-cookie', clearCookie(publicUrl));
  return {
    passkey,
    recoveryCode,
    expiresAt: timestampFromDate(expiresAt),
    passkeyOrigin: relyingPartyOf(publicUrl)?.origin ?? '',
  };
}
