import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { addressRanges } from './address-ranges.ts';
import { limitsFrom } from './limits/rules.ts';
import { Secret } from '#contract/secret.ts';
import { parseToken } from '#contract/token.ts';
import { StartupError } from './errors.ts';
import { signInFrom, signInVariables } from './sign-in-config.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `500ms`, `90s`, `10m`, `1h`. In milliseconds. */
const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
      if (match) return Number(match[1]) * units[match[2] as keyof typeof units]; // the pattern admits only these
      context.addIssue({ code: 'custom', message: 'must be a length of time such as 500ms, 90s, 10m or 1h' });
      return z.NEVER;
    });

const listenAddress = z
  .string()
  .default('127.0.0.1:7080')
  .transform((text, context) => {
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
    const port = Number(match?.[3]);
    if (match && port <= 65_535) return { host: match[1] ?? match[2] ?? '', port };
    context.addIssue({ code: 'custom', message: 'must be an address and a port such as 127.0.0.1:7080' });
    return z.NEVER;
  });

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const paths = z
  .string()
  .default('')
  .transform((text) => text.split(':').filter(Boolean))
  .refine((all) => all.every(isAbsolute), 'must be absolute paths, separated by colons');

/** `endpoints.example`, without what stands for the wildcard. */
const domainName = z
  .string()
  .toLowerCase()
  .transform((text) => text.replace(/^\*?\./, '').replace(/\.$/, ''))
  .refine(
    (name) =>
      name.length <= 180 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name),
    'must be a domain such as endpoints.example',
  );

/** A positive whole number. */
const count = (fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^[1-9]\d{0,8}$/.test(text), 'must be a whole number, 1 or more')
    .transform(Number);

/** As far as the first of several machines, which are no URL, and with one where a local socket is named instead. */
function isDatabaseUrl(text: string): boolean {
  return URL.canParse(text.replace(/(@[^/?,]*),[^/?]*/, '$1').replace('@/', '@localhost/'));
}

/** Other limits than the defaults. */
const limits = z
  .string()
  .default('')
  .transform((text, context) => {
    const read = limitsFrom(text);
    if ('limits' in read) return read.limits;
    const message = `holds ${JSON.stringify(read.wrong)}, which is no limit: write such as user_search.account=60/1m`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a URL that begins with postgres://')
    .refine(isDatabaseUrl, 'must be a URL: in user and password, write @ as %40, / as %2F, # as %23 and ? as %3F'),
  MUSTER_DATA_DIR: z
    .string()
    .default('.muster')
    .transform((path) => resolve(path)),
  MUSTER_LISTEN: listenAddress,
  MUSTER_PUBLIC_URL: webUrl.optional(),
  MUSTER_REPLICA_URL: webUrl.optional(),
  MUSTER_TLS_CERT: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  MUSTER_TLS_KEY: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  MUSTER_MASTER_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits (32 bytes)')
    .optional(),
  MUSTER_NEW_MASTER_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits (32 bytes)')
    .optional(),
  MUSTER_BOOTSTRAP_KEY: z
    .string()
    .refine((text) => parseToken(text, 'org') !== undefined, 'must be a whole API key that begins with mst_org_')
    .optional(),
  ...signInVariables,
  MUSTER_SIGNUP: z.enum(['invite', 'open'], { error: 'must be invite or open' }).default('invite'),
  MUSTER_WEB_DIR: z
    .string()
    .default('web/dist')
    .transform((path) => resolve(path)),
  MUSTER_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  MUSTER_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  MUSTER_REPOSITORY_ROOTS: paths,
  MUSTER_LOCAL_REPOSITORY_POLL: duration('2s'),
  MUSTER_REPOSITORY_POLL: duration('60s'),
  MUSTER_HEARTBEAT_INTERVAL: duration('30s'),
  MUSTER_UNREACHABLE_AFTER: duration('90s'),
  MUSTER_STARTUP_GRACE: duration('90s'),
  MUSTER_STALE_AFTER: duration('90s'),
  MUSTER_SWEEP_INTERVAL: duration('5s'),
  MUSTER_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be a URL that begins with smtp:// or smtps://' })
    .optional(),
  MUSTER_MAIL_FROM: z.email({ error: 'must be an email address' }).optional(),
  MUSTER_MAIL_FROM_NAME: z.string().max(100, 'must have at most 100 characters').default('Muster'),
  MUSTER_MAIL_TIMEOUT: duration('20s'),
  MUSTER_PRIVATE_RANGES: addressRanges.optional(),
  MUSTER_OUTGOING_TIMEOUT: duration('15s'),
  MUSTER_GATEWAY_SILENCE: duration('5m'),
  MUSTER_CALLS_PER_MINUTE: count(600),
  MUSTER_RUNS_PER_SECOND: count(100),
  MUSTER_ENDPOINT_REQUESTS_PER_SECOND: count(200),
  MUSTER_ENDPOINT_DOMAIN: domainName.optional(),
  MUSTER_DEFAULT_NETWORK: z.enum(['none', 'egress', 'auto'], { error: 'must be none, egress or auto' }).default('none'),
  MUSTER_LIMITS: limits,
  MUSTER_ALERT_INTERVAL: duration('10s'),
  MUSTER_SILENT_AFTER: duration('2h'),
});

/** One is of no use without the other. */
const pairs = [
  ['MUSTER_SMTP_URL', 'MUSTER_MAIL_FROM'],
  ['MUSTER_MAIL_FROM', 'MUSTER_SMTP_URL'],
  ['MUSTER_TLS_CERT', 'MUSTER_TLS_KEY'],
  ['MUSTER_TLS_KEY', 'MUSTER_TLS_CERT'],
] as const;

/** Everything that can be configured, parsed once. */
export type Config = Readonly<ReturnType<typeof parseConfig>>;

/** Reads the configuration from the environment. Throws a StartupError with one sentence that names the variable. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0]!; // a failed parse has at least one
    const variable = String(issue.path[0]);
    throw new StartupError(given[variable] === undefined ? `${variable} is not set.` : `${variable} ${issue.message}.`);
  }
  const env = result.data;
  for (const [one, other] of pairs) {
    if (env[one] !== undefined && env[other] === undefined) throw new StartupError(`${one} needs ${other} beside it.`);
  }
  if (env.MUSTER_TLS_CERT !== undefined && env.MUSTER_PUBLIC_URL?.startsWith('http:'))
    throw new StartupError('MUSTER_PUBLIC_URL must begin with https:// where MUSTER_TLS_CERT is set.');
  return Object.freeze({
    databaseUrl: new Secret(env.DATABASE_URL),
    dataDir: env.MUSTER_DATA_DIR,
    listen: env.MUSTER_LISTEN,
    /** Undefined: derived from the address that the server listens on. */
    publicUrl: env.MUSTER_PUBLIC_URL,
    /** Where the other replicas reach this one. Undefined: as above. */
    replicaUrl: env.MUSTER_REPLICA_URL,
    /** Undefined: plain HTTP, for this machine alone or behind a proxy that ends TLS. */
    tls:
      env.MUSTER_TLS_CERT === undefined || env.MUSTER_TLS_KEY === undefined
        ? undefined
        : { cert: env.MUSTER_TLS_CERT, key: env.MUSTER_TLS_KEY },
    masterKey: env.MUSTER_MASTER_KEY === undefined ? undefined : new Secret(env.MUSTER_MASTER_KEY),
    /** What `rotate-master-key` puts in its place. */
    newMasterKey: env.MUSTER_NEW_MASTER_KEY === undefined ? undefined : new Secret(env.MUSTER_NEW_MASTER_KEY),
    /** Becomes an ordinary API key with the rights of an admin. */
    bootstrapKey: env.MUSTER_BOOTSTRAP_KEY === undefined ? undefined : new Secret(env.MUSTER_BOOTSTRAP_KEY),
    signUp: env.MUSTER_SIGNUP,
    signIn: signInFrom(env, env.MUSTER_PUBLIC_URL),
    /** Whose word about the address that a request came from is believed; where people sign in by headers, with the secret alone. */
    proxies: env.MUSTER_PROXY_RANGES,
    webDir: env.MUSTER_WEB_DIR,
    metricsToken: env.MUSTER_METRICS_TOKEN === undefined ? undefined : new Secret(env.MUSTER_METRICS_TOKEN),
    logLevel: env.MUSTER_LOG_LEVEL,
    repositoryRoots: env.MUSTER_REPOSITORY_ROOTS,
    localRepositoryPollMs: env.MUSTER_LOCAL_REPOSITORY_POLL,
    repositoryPollMs: env.MUSTER_REPOSITORY_POLL,
    heartbeatIntervalMs: env.MUSTER_HEARTBEAT_INTERVAL,
    unreachableAfterMs: env.MUSTER_UNREACHABLE_AFTER,
    startupGraceMs: env.MUSTER_STARTUP_GRACE,
    staleAfterMs: env.MUSTER_STALE_AFTER,
    sweepIntervalMs: env.MUSTER_SWEEP_INTERVAL,
    /** Undefined: no mail is sent. The URL may carry a password. */
    mail:
      env.MUSTER_SMTP_URL === undefined || env.MUSTER_MAIL_FROM === undefined
        ? undefined
        : { smtpUrl: new Secret(env.MUSTER_SMTP_URL), from: env.MUSTER_MAIL_FROM, fromName: env.MUSTER_MAIL_FROM_NAME },
    /** How long a mail server may be silent. */
    mailTimeoutMs: env.MUSTER_MAIL_TIMEOUT,
    /** Addresses of own networks that services may be called at whose address an admin sets. Undefined: none. */
    privateRanges: env.MUSTER_PRIVATE_RANGES,
    /** How long such a service may take to answer. */
    outgoingTimeoutMs: env.MUSTER_OUTGOING_TIMEOUT,
    /** How long a provider may be silent that the model gateway asks. */
    gatewaySilenceMs: env.MUSTER_GATEWAY_SILENCE,
    /** Of one user, key or machine identity. */
    callsPerMinute: env.MUSTER_CALLS_PER_MINUTE,
    /** Commands in sandboxes, of one user, key or machine identity; ten times as many at once. */
    runsPerSecond: env.MUSTER_RUNS_PER_SECOND,
    /** To the ports of one sandbox; ten times as many at once. */
    endpointRequestsPerSecond: env.MUSTER_ENDPOINT_REQUESTS_PER_SECOND,
    /** Ports of sandboxes are hosts below it: `8080-sbx….<domain>`. Undefined: they have the path form only. */
    endpointDomain: env.MUSTER_ENDPOINT_DOMAIN,
    /** Of sandboxes whose creator says nothing about it. `auto`: egress where a host offers it. */
    defaultNetwork: env.MUSTER_DEFAULT_NETWORK,
    /** How often may be done what can be tried without an account, or costs something. */
    limits: env.MUSTER_LIMITS,
    /** How often the alert rules are compared with the fleet. */
    alertIntervalMs: env.MUSTER_ALERT_INTERVAL,
    /** After so long without a sign of it, work in a sandbox that runs is called silent. */
    silentAfterMs: env.MUSTER_SILENT_AFTER,
  });
}
