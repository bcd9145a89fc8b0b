import type { ConnectRouterOptions } from '@connectrpc/connect';
import { actionOf, refusalOf, requirePossible } from '../access/index.ts';
import { readCredential, resolveCaller, sessionCookie, type Credential } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { reportBootstrapUse } from '../keys/index.ts';
import { noProxyHeaders, readProxyHeaders } from '../sso/index.ts';
import { callCaller, callOrigin, callRaw } from './call-facts.ts';
import type { CallLog } from './call-log.ts';
import { requireOwnOrigin } from './origin-check.ts';
import { toWireError } from './wire-errors.ts';

/** Credentials that come without anybody's doing: browsers send cookies unasked, and the proxy names whoever they belong to. */
const ambient: readonly Credential['kind'][] = ['cookie', 'person'];

type Gate = NonNullable<ConnectRouterOptions['requestGate']>;

/** Finds out who calls, before a body of any size is read. Who presents nothing gets no further than what is open to everybody. */
export function requestGate(services: Services, logCall: CallLog): Gate {
  const { signIn } = services.config;
  const hasSessions = signIn.mode === 'password' || signIn.mode === 'oidc';
  // Who presents nothing may be signed in by the call: nobody is where there are no sessions.
  const checked = hasSessions ? [...ambient, 'none'] : ambient;
  const cookieName = hasSessions ? sessionCookie(services.publicUrl).name : undefined;
  return async ({ method, requestHeader, values }) => {
    try {
      const header = (name: string) => requestHeader.get(name) ?? undefined;
      const raw = values.get(callRaw);
      const person = signIn.mode === 'trusted_header' ? readProxyHeaders(signIn, raw) : undefined;
      const credential = readCredential(header, { cookieName, person });
      if (checked.includes(credential.kind)) requireOwnOrigin(header, services.publicUrl);
      const caller = await resolveCaller(services, credential, values.get(callOrigin));
      values.set(callCaller, caller);
      if (caller.kind === 'org_key' && caller.bootstrap)
        await reportBootstrapUse(services, caller, values.get(callOrigin), method.toString());
      const action = actionOf(method);
      if (caller.kind !== 'anonymous' || !action) return;
      // Never anonymous where the proxy had to say who it is, but for what is open to everybody.
      if (signIn.mode === 'trusted_header' && refusalOf(caller, action)) throw noProxyHeaders(signIn, raw.peer);
      requirePossible(caller, action);
    } catch (error) {
      const wire = toWireError(error, values.get(callOrigin).requestId);
      logCall(method, values, wire);
      throw wire;
    }
  };
}
