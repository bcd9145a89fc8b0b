export { settlePlatformAdmins } from './admins.ts';
export { callerOfPerson, readPersonCaller } from './caller.ts';
export { labelOf } from './label.ts';
export { accountOf } from './materialise.ts';
export { SignInProblem } from './oidc/problem.ts';
export { callbackPath, loginPath, openOidc, type OidcProvider } from './oidc/provider.ts';
export type { Person } from './person.ts';
export { isFromProxy, noProxyHeaders, readProxyHeaders, type RawRequest } from './proxy/read-headers.ts';
