export { onCallerEnd } from './caller-end.ts';
export { readUserCaller, resolveCaller } from './callers.ts';
export { readCredential, type Credential } from './credential.ts';
export { authRoutes } from './rpc.ts';
export { requireSafeTransport, sessionCookie } from './session-cookie.ts';
export { openSession, type OpenedSession } from './sessions.ts';
export { handOver } from './sign-in-answer.ts';
export { authSweepLoop } from './sweep.ts';
export { callerToProto } from './to-proto.ts';
