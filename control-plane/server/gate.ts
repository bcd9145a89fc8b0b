import type { ConnectRouterOptions } from '@connectrpc/connect';
import { actionOf, requirePossible } from '../access/index.ts';
import { readCredential, resolveCaller, sessionCookie } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { reportBootstrapUse } from '../keys/index.ts';
import { callCaller, callOrigin } from './call-facts.ts';
import type { CallLog } from './call-log.ts';
import { requireOwnOrigin } from './origin-check.ts';
import { toWireError } from './wire-errors.ts';

type Gate = NonNullable<ConnectRouterOptions['requestGate']>;

/** Finds out who calls, before the body is read. Who presents nothing gets no further than what is open to everybody. */
export function requestGate(services: Services, logCall: CallLog): Gate {
  const { name: cookieName } = sessionCookie(services.publicUrl);
  return async ({ method, requestHeader, values }) => {
    try {
      const header = (name: string) => requestHeader.get(name) ?? undefined;
      const credential = readCredential(header, cookieName);
      // Browsers send cookies unasked; everything else was presented on purpose.
      if (credential.kind === 'cookie' || credential.kind === 'none') requireOwnOrigin(header, services.publicUrl);
      const caller = await resolveCaller(services, credential, values.get(callOrigin));
      values.set(callCaller, caller);
      if (caller.kind === 'org_key' && caller.bootstrap)
        await reportBootstrapUse(services, caller, values.get(callOrigin), method.toString());
      const action = actionOf(method);
      if (caller.kind === 'anonymous' && action) requirePossible(caller, action);
    } catch (error) {
      const wire = toWireError(error, values.get(callOrigin).requestId);
      logCall(method, values, wire);
      throw wire;
    }
  };
}
