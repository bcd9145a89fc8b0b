import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { StartupError } from './startup-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const path = z.string().transform((text) => resolve(text));

const pauseAfter = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000) return ms;
  context.addIssue({ code: 'custom', message: 'must be a length of time of at least 1s such as 90s or 10m, or never' });
  return z.NEVER;
});

const flag = z
  .enum(['0', '1', 'true', 'false'], { error: 'must be 1 or 0' })
  .default('0')
  .transform((text) => text === '1' || text === 'true');

const count = (least: number, most: number) =>
  z.coerce
    .number(`must be a whole number from ${least} to ${most}`)
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const schema = z.object({
  MUSTER_AGENT_DATA_DIR: path.optional(),
  MUSTER_AGENT_CONFIG: path.optional(),
  MUSTER_AGENT_CGROUP: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_.-]{0,62}$/,
      'must be the name of one cgroup: lower-case letters, digits, dots, hyphens and underscores',
    )
    .optional(),
  // Below 65,536 stand the machine's own users; the kernel's ids end at 2^32.
  MUSTER_AGENT_UID_BASE: count(65_536, 4_000_000_000).optional(),
  MUSTER_AGENT_MAX_SANDBOXES: count(1, 1024).default(1024),
  MUSTER_AGENT_RUNTIME: z.string().optional(),
  MUSTER_AGENT_NETWORK: z.enum(['egress', 'none'], { error: 'must be egress or none' }).default('egress'),
  MUSTER_AGENT_NAMESERVERS: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine((all) => all.every((address) => isIP(address)), 'must be addresses of nameservers, separated by commas')
    .optional(),
  MUSTER_AGENT_TEMPLATE_MIB: count(16, 4_194_304).optional(),
  MUSTER_AGENT_PAUSE_AFTER: pauseAfter.optional(),
  MUSTER_AGENT_PAUSE_ON_EXIT: flag,
  MUSTER_CACHE_DIR: path.optional(),
  MUSTER_MACHINE_DIR: path.optional(),
  MUSTER_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be trace, debug, info, warn, error or silent',
    })
    .default('info'),
});

/** Everything that the environment configures, parsed once. */
export type Config = Readonly<ReturnType<typeof parseConfig>>;

/** Reads the configuration from the environment. Throws a StartupError with one sentence that names the variable. */
export function parseConfig(environment: Environment) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0]!; // a failed parse has at least one
    throw new StartupError(`${String(issue.path[0])} ${issue.message}.`);
  }
  const env = result.data;
  const root = process.getuid?.() === 0;
  const dataDir =
    env.MUSTER_AGENT_DATA_DIR ?? (root ? '/var/lib/muster-agent' : join(homedir(), '.local/share/muster-agent'));
  return Object.freeze({
    dataDir,
    /** Components and `pause_after`; read again whenever it changes. */
    configFile: env.MUSTER_AGENT_CONFIG ?? join(dataDir, 'agent.json'),
    /** Undefined: named after the host. */
    cgroupParent: env.MUSTER_AGENT_CGROUP,
    /** Undefined: a range of the machine is claimed. */
    uidBase: env.MUSTER_AGENT_UID_BASE,
    maxSandboxes: env.MUSTER_AGENT_MAX_SANDBOXES,
    runtime: env.MUSTER_AGENT_RUNTIME,
    /** What sandboxes may be given at most. */
    network: env.MUSTER_AGENT_NETWORK,
    /** Undefined: the machine's own. */
    nameservers: env.MUSTER_AGENT_NAMESERVERS,
    /** How much a template may hold that is built here. */
    templateMib: env.MUSTER_AGENT_TEMPLATE_MIB,
    /** Infinity: never. Undefined: as the config file says. */
    pauseAfterMs: env.MUSTER_AGENT_PAUSE_AFTER,
    pauseOnExit: env.MUSTER_AGENT_PAUSE_ON_EXIT,
    cacheDir: env.MUSTER_CACHE_DIR ?? (root ? '/var/cache/muster' : join(homedir(), '.cache/muster')),
    /** What the agents of one machine share: who has which range of user ids. */
    machineDir: env.MUSTER_MACHINE_DIR ?? (root ? '/var/lib/muster' : join(homedir(), '.local/state/muster')),
    logLevel: env.MUSTER_LOG_LEVEL,
  });
}

/** The process's environment over a `.env` file of the working directory. */
export function readEnvironment(environment: Environment, directory: string): Environment {
  const file = join(directory, '.env');
  if (!existsSync(file)) return environment;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...environment };
  } catch (error) {
    throw new StartupError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}
