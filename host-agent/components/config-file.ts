import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { accessSettings, type AccountSettings } from '../machine-access/settings.ts';
import { StartupError } from '../startup-error.ts';
import { updateSettings, type UpdateSettings } from '../updates/settings.ts';

const absolutePath = z.string().regex(/^\//, 'must be an absolute path');
const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits, dots, hyphens and underscores',
  );

const runningProcess = z.union(
  [
    z.strictObject({ pid_file: absolutePath }),
    z.strictObject({ unit: z.string().regex(/^[A-Za-z0-9:_.@\\-]{1,255}$/, 'must be the name of a systemd unit') }),
  ],
  { error: 'must be {"pid_file": "/run/….pid"} or {"unit": "….service"}' },
);

/** Where the disk is looked at: the process that was started from it, or that there is none. */
const processOrNone = z.union([runningProcess, z.literal('none')], {
  error: 'must be {"pid_file": "/run/….pid"} or {"unit": "….service"}, or "none" where no process runs from it',
});

const timeout = z
  .string()
  .default('5s')
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= 100 && ms <= 30_000) return ms;
    context.addIssue({ code: 'custom', message: 'must be a length of time from 100ms to 30s such as 5s' });
    return z.NEVER;
  });

const httpUrl = z.string().refine(
  (text) => {
    const url = URL.parse(text);
    return (url?.protocol === 'http:' || url?.protocol === 'https:') && !url.username && !url.password;
  },
  { error: 'must be an address that begins with http:// or https://, without a user name' },
);

const argv = z
  .array(
    z.string().max(4096, 'must be arguments of at most 4096 characters'),
    'must be a list: ["/usr/bin/app", "--build-info"]',
  )
  .min(1, 'must name a program')
  .max(64, 'may hold 64 arguments at most')
  .refine(([program]) => program?.startsWith('/'), 'must begin with the absolute path of a program')
  .refine((all) => all.every((one) => !one.includes('\0')), 'must not hold zero bytes');

const probe = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('worktree'), path: absolutePath, process: processOrNone.optional() }),
    z.strictObject({ kind: z.literal('file'), path: absolutePath, process: processOrNone.optional() }),
    z.strictObject({ kind: z.literal('http'), url: httpUrl, timeout, process: runningProcess.optional() }),
    z.strictObject({
      kind: z.literal('command'),
      command: argv,
      asks: z.enum(['process', 'disk'], 'must be "process" or "disk"').default('disk'),
      timeout,
      process: runningProcess.optional(),
    }),
  ],
  { error: 'must be "worktree", "file", "http" or "command"' },
);

const schema = z.strictObject({
  pause_after: z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= 1000) return ms;
      context.addIssue({
        code: 'custom',
        message: 'must be a length of time of at least 1s such as 90s or 10m, or never',
      });
      return z.NEVER;
    })
    .optional(),
  components: z
    .array(z.strictObject({ name, repository: name, probe, artifact: absolutePath.optional() }))
    .max(60, 'may hold 60 components at most')
    .refine((all) => new Set(all.map((component) => component.name)).size === all.length, 'names a component twice')
    .refine(
      (all) => all.every((component) => component.name !== 'muster-agent'),
      'may not name muster-agent: the agent reports itself',
    )
    .default([]),
  /** By component; `muster-agent` is the agent itself. */
  updates: z.record(name, updateSettings).default({}),
  /** By account of this machine: whose SSH keys are put in for it. */
  access: accessSettings.default([]),
});

export type Probe = z.infer<typeof probe>;
export type RunningProcess = z.infer<typeof runningProcess>;

/** A component that the host's config names. */
export interface ConfiguredComponent {
  readonly name: string;
  readonly repository: string;
  readonly probe: Probe;
  /** The file that its process is started from, whose digest CI has signed. */
  readonly artifact?: string | undefined;
}

/** What the config file says. */
export interface AgentSettings {
  readonly components: readonly ConfiguredComponent[];
  /** Infinity: never. Undefined: the default. */
  readonly pauseAfterMs: number | undefined;
  /** By component. */
  readonly updates: ReadonlyMap<string, UpdateSettings>;
  /** Accounts of this machine that SSH keys are put in for. */
  readonly access: readonly AccountSettings[];
}

/** Reads the config file; one that is not there says nothing. Throws a StartupError with one sentence that names the field. */
export function parseSettings(path: string, text: string | undefined): AgentSettings {
  if (text === undefined) return { components: [], pauseAfterMs: undefined, updates: new Map(), access: [] };
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch (error) {
    throw new StartupError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
  const result = schema.safeParse(plain);
  if (!result.success) {
    const issue = result.error.issues[0]!; // a failed parse has at least one
    throw new StartupError(`${path}: ${issue.path.join('.') || 'the file'} ${issue.message}.`);
  }
  const { components, updates, access, pause_after: pauseAfterMs } = result.data;
  return { components, pauseAfterMs, updates: new Map(Object.entries(updates)), access };
}

/** The config file as it is now: read again when it has changed. */
export class ConfigFile {
  readonly path: string;
  #stamp: string | undefined;
  #settings: AgentSettings;

  /** Throws a StartupError when the file is wrong. */
  constructor(path: string) {
    this.path = path;
    this.#stamp = stampOf(path);
    this.#settings = parseSettings(path, readText(path));
  }

  get settings(): AgentSettings {
    return this.#settings;
  }

  /** Looks whether it has changed. A wrong file is thrown about once, and what it said before stays in force. */
  refresh(): void {
    const stamp = stampOf(this.path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#settings = parseSettings(this.path, readText(this.path));
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mtimeNs}` : '';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StartupError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}
