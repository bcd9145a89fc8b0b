export { callPlain, type PlainAnswer } from './call.ts';
export { clientsOf, clientsWithToken, type Clients } from './clients.ts';
export { cookieJar, type CookieJar } from './cookie-jar.ts';
export { startTestControlPlane, type TestControlPlane, type TestOptions } from './control-plane.ts';
export { eventually, expectEventually } from './eventually.ts';
export { codeOf, failureOf, iterate } from './outcome.ts';
export { clientsInBrowser, contextOf, type TestUser } from './users.ts';
