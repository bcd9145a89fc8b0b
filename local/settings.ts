import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { StartProblem } from './problem.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const schema = z.object({
  DATABASE_URL: z.string().optional(),
  MUSTER_DATA_DIR: z.string().default('.muster'),
  MUSTER_LISTEN: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:]*):\d{1,5}$/, 'must be an address and a port such as 127.0.0.1:7080')
    .default('127.0.0.1:7080'),
  MUSTER_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  MUSTER_REPOSITORY_ROOTS: z.string().optional(),
});

/** What `npm start` goes by. */
export type Settings = Readonly<ReturnType<typeof readSettings>>;

/** Reads the environment over the `.env` of the repository. Throws a StartProblem that names the variable. */
export function readSettings(root: string, processEnvironment: Environment) {
  const environment = { ...readEnvFile(join(root, '.env')), ...processEnvironment };
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0]!; // a failed parse has at least one
    throw new StartProblem(`${String(issue.path[0])} ${issue.message}.`);
  }
  const env = result.data;
  if (given['MUSTER_TLS_CERT'] !== undefined)
    throw new StartProblem(
      'npm start serves this machine over plain HTTP: leave MUSTER_TLS_CERT out, or start the control plane by itself (docs/operations.md).',
    );
  const dataDir = resolve(root, env.MUSTER_DATA_DIR);
  const listen = parseAddress(env.MUSTER_LISTEN);
  const address = localAddress(listen);
  return Object.freeze({
    root,
    dataDir,
    /** Undefined: the embedded PostgreSQL. */
    databaseUrl: env.DATABASE_URL,
    /** An empty host means all addresses. */
    listen,
    /** How this machine reaches the control plane. */
    localUrl: `http://${address}`,
    /** What people are shown. */
    publicUrl: env.MUSTER_PUBLIC_URL?.replace(/\/+$/, '') ?? `http://${address}`,
    hostName: hostNameOf(hostname()),
    /** For the processes that we start. */
    environment: {
      ...environment,
      MUSTER_DATA_DIR: dataDir,
      MUSTER_LISTEN: env.MUSTER_LISTEN,
      MUSTER_REPOSITORY_ROOTS: env.MUSTER_REPOSITORY_ROOTS ?? dirname(root.replace(/\/+$/, '')),
      // Here, sandboxes install packages as their owner's machine does.
      MUSTER_DEFAULT_NETWORK: environment['MUSTER_DEFAULT_NETWORK'] || 'auto',
    },
  });
}

function readEnvFile(path: string): Environment {
  if (!existsSync(path)) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new StartProblem(`${path} cannot be read. Correct it or remove it.`, { cause });
  }
}

function parseAddress(listen: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** An address by which this machine reaches what listens on all of them. */
function localAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  if (['', '0.0.0.0', '::'].includes(host)) return `127.0.0.1:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The machine's own name in the form that hosts have. */
export function hostNameOf(name: string): string {
  const form = name
    .split('.')[0]!
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return form || 'local';
}
