import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { StartupError } from './errors.ts';

const base = {
  DATABASE_URL: 'postgres://x',
  MUSTER_PUBLIC_URL: 'https://muster.example',
  MUSTER_PLATFORM_ADMINS: 'ada, grace',
};
const proxy = {
  ...base,
  MUSTER_USER_MODE: 'trusted_header',
  MUSTER_PROXY_RANGES: '10.0.0.7, 10.1.0.0/16, fd00::/8',
  MUSTER_PROXY_SECRET: 'x'.repeat(32),
};
const oidc = {
  ...base,
  MUSTER_USER_MODE: 'oidc',
  MUSTER_OIDC_ISSUER: 'https://login.example.com',
  MUSTER_OIDC_CLIENT_ID: 'muster',
  MUSTER_OIDC_CLIENT_SECRET: 'secret',
};
const problemOf = (environment: Record<string, string>): string => {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
  return '';
};

test('each mode is taken when it is complete; without any, people have passwords', () => {
  expect(parseConfig({ DATABASE_URL: 'postgres://x' }).signIn).toEqual({ mode: 'password' });
  expect(parseConfig({ ...oidc, MUSTER_AUTH_MODE: 'api_key_only' }).signIn).toEqual({ mode: 'keys_only' });
  expect(parseConfig(oidc).signIn).toMatchObject({
    mode: 'oidc',
    claims: { user: 'sub', team: 'team', roles: 'roles' },
  });
  const { signIn } = parseConfig(proxy);
  expect(signIn).toMatchObject({
    mode: 'trusted_header',
    headers: { user: 'x-opensandbox-user', team: 'x-opensandbox-team', roles: 'x-opensandbox-roles' },
    people: { platformAdmins: new Set(['ada', 'grace']), defaultRole: 'read_only' },
  });
  if (signIn.mode !== 'trusted_header') throw new Error('another mode');
  const inside = ['10.0.0.7', '10.1.255.1'].map((address) => signIn.ranges.check(address, 'ipv4'));
  const outside = ['10.0.0.8', '10.2.0.1', '127.0.0.1'].map((address) => signIn.ranges.check(address, 'ipv4'));
  expect([inside, outside]).toEqual([
    [true, true],
    [false, false, false],
  ]);
  expect(signIn.ranges.check('fd12::1', 'ipv6')).toBe(true);
  expect(JSON.stringify(signIn)).not.toContain('xxxx');
});

test.each([
  [proxy, 'MUSTER_PUBLIC_URL'],
  [proxy, 'MUSTER_PLATFORM_ADMINS'],
  [proxy, 'MUSTER_PROXY_RANGES'],
  [proxy, 'MUSTER_PROXY_SECRET'],
  [oidc, 'MUSTER_PUBLIC_URL'],
  [oidc, 'MUSTER_PLATFORM_ADMINS'],
  [oidc, 'MUSTER_OIDC_ISSUER'],
  [oidc, 'MUSTER_OIDC_CLIENT_ID'],
  [oidc, 'MUSTER_OIDC_CLIENT_SECRET'],
])('a mode that is not complete is refused (%#: %s)', (complete: Record<string, string>, name) => {
  expect(problemOf({ ...complete, [name]: '' })).toBe(
    `MUSTER_USER_MODE=${complete['MUSTER_USER_MODE']} needs ${name} beside it.`,
  );
});

test.each([
  [{ MUSTER_AUTH_MODE: 'users' }, 'MUSTER_AUTH_MODE must be api_key_only or api_key_and_user.'],
  [{ MUSTER_USER_MODE: 'ldap' }, 'MUSTER_USER_MODE must be password, trusted_header or oidc.'],
  [{ MUSTER_PROXY_RANGES: '10.0.0.0/33' }, /^MUSTER_PROXY_RANGES must be addresses or ranges such as/],
  [{ MUSTER_PROXY_RANGES: '0.0.0.0/0' }, /^MUSTER_PROXY_RANGES must be addresses or ranges such as/],
  [{ MUSTER_PROXY_RANGES: 'proxy.example' }, /^MUSTER_PROXY_RANGES must be addresses or ranges such as/],
  [{ MUSTER_PROXY_RANGES: ' , ' }, 'MUSTER_PROXY_RANGES must name at least one address.'],
  [{ MUSTER_PROXY_SECRET: 'short' }, 'MUSTER_PROXY_SECRET must have at least 32 characters.'],
  [{ MUSTER_USER_HEADER: 'Authorization' }, /^MUSTER_USER_HEADER must be the name of a header of its own/],
  [{ MUSTER_USER_HEADER: 'X_User' }, /^MUSTER_USER_HEADER must be the name of a header of its own/],
  [{ MUSTER_TEAM_HEADER: 'x-opensandbox-user' }, /must be four different headers\.$/],
  [{ MUSTER_DEFAULT_ROLE: 'owner' }, 'MUSTER_DEFAULT_ROLE must be read_only or operator.'],
  [{ MUSTER_ROLE_MAP: 'devs=root' }, /^MUSTER_ROLE_MAP must be pairs such as developers=operator/],
  [{ MUSTER_PLATFORM_ADMINS: ',' }, 'MUSTER_PLATFORM_ADMINS must name at least one user.'],
  [{ MUSTER_PUBLIC_URL: 'http://muster.example' }, /^MUSTER_PUBLIC_URL must be an https address/],
])('a bad value is one sentence that names the variable (%#)', (change: Record<string, string>, problem) => {
  expect(problemOf({ ...proxy, ...change })).toMatch(problem);
});

test.each([
  [{ MUSTER_OIDC_ISSUER: 'http://login.example.com' }, /^MUSTER_OIDC_ISSUER must be the https URL/],
  [{ MUSTER_OIDC_SCOPES: 'profile' }, /^MUSTER_OIDC_SCOPES must be scopes/],
  [{ MUSTER_OIDC_AUDIENCE: 'muster' }, /ID tokens are no credentials\.$/],
])('the same with a provider (%#)', (change: Record<string, string>, problem) => {
  expect(problemOf({ ...oidc, ...change })).toMatch(problem);
});
