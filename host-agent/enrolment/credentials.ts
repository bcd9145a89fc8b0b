import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { mintToken, parseToken, type Token } from '#contract/token.ts';
import { StartupError } from '../startup-error.ts';
import { syncDirectory, writeAtomically } from './atomic-file.ts';
import { SeenState } from './seen.ts';

const refreshToken = z.string().transform((text, context) => {
  const token = parseToken(text, 'hrt');
  if (token) return token;
  context.addIssue({ code: 'custom', message: 'is not a refresh token' });
  return z.NEVER;
});

const schema = z.object({
  version: z.literal(1),
  server: z.url(),
  installation: z.object({
    id: z.string().min(1),
    publicKey: z
      .hex()
      .length(64)
      .transform((hex) => Buffer.from(hex, 'hex')),
  }),
  host: z.object({ id: z.string().min(1), name: z.string() }),
  enrolmentId: z.string().min(1),
  hostKeyFile: z.string().regex(/^host-key-[0-9a-f]{8}\.pem$/),
  refreshToken,
  nextRefreshToken: refreshToken.optional(),
});

/** What the agent holds of its host's enrolment. `nextRefreshToken` is there while a rotation is not confirmed. */
export type Credentials = Readonly<z.infer<typeof schema>>;

const fileName = 'credentials.json';

/** The credentials on disk. The disk is always written before anything is sent that rests on it. */
export class CredentialStore {
  readonly #dataDir: string;
  /** What this host has seen of the control plane's state, beside the credentials. */
  readonly seen: SeenState;
  #held: Credentials;
  /** Changes happen one after the other, each on what the one before has left. */
  #lastChange: Promise<void> = Promise.resolve();

  private constructor(dataDir: string, held: Credentials, seen: SeenState) {
    this.#dataDir = dataDir;
    this.seen = seen;
    this.#held = held;
  }

  /** Answers undefined where this data directory was never enrolled. */
  static async open(dataDir: string): Promise<CredentialStore | undefined> {
    const path = join(dataDir, fileName);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new StartupError(`${path} cannot be read: ${error.message}.`, { cause: error });
    });
    if (text === undefined) return undefined;
    return new CredentialStore(dataDir, parseCredentials(path, text), await SeenState.open(dataDir));
  }

  static async create(dataDir: string, credentials: Credentials): Promise<CredentialStore> {
    await writeAtomically(join(dataDir, fileName), serialise(credentials));
    return new CredentialStore(dataDir, credentials, await SeenState.open(dataDir));
  }

  get held(): Credentials {
    return this.#held;
  }

  /** The successor of the refresh token in use: made once, and the same one until the rotation is confirmed. */
  async proposeNext(): Promise<Token> {
    const minted = mintToken('hrt');
    const { nextRefreshToken } = await this.#change((held) =>
      held.nextRefreshToken ? held : { ...held, nextRefreshToken: minted },
    );
    return nextRefreshToken ?? minted;
  }

  /** The installation knows the successor: it becomes the token in use. */
  async promote(): Promise<void> {
    await this.#change((held) => {
      const { nextRefreshToken: next, ...rest } = held;
      return next ? { ...rest, refreshToken: next } : held;
    });
  }

  /** The control plane has moved; its key is the same. */
  async setServer(server: string): Promise<void> {
    await this.#change((held) => (held.server === server ? held : { ...held, server }));
  }

  /** Renames the credentials, so that the agent no longer finds them. Answers their new path. */
  async setAside(): Promise<string> {
    const aside = join(this.#dataDir, `${fileName}.deleted-${new Date().toISOString().replaceAll(':', '')}`);
    await rename(join(this.#dataDir, fileName), aside);
    await syncDirectory(this.#dataDir);
    return aside;
  }

  async #change(change: (held: Credentials) => Credentials): Promise<Credentials> {
    const done = this.#lastChange.then(async () => {
      const changed = change(this.#held);
      if (changed === this.#held) return;
      await writeAtomically(join(this.#dataDir, fileName), serialise(changed));
      this.#held = changed;
    });
    this.#lastChange = done.catch(() => undefined); // whoever asked for the change hears of it
    await done;
    return this.#held;
  }
}

function serialise(credentials: Credentials): string {
  const { installation, refreshToken: current, nextRefreshToken: next, ...rest } = credentials;
  const plain = {
    ...rest,
    installation: { id: installation.id, publicKey: installation.publicKey.toString('hex') },
    refreshToken: current.secret.reveal(),
    nextRefreshToken: next?.secret.reveal(),
  };
  return `${JSON.stringify(plain, undefined, 2)}\n`;
}

function parseCredentials(path: string, text: string): Credentials {
  const damaged = (what: string) =>
    new StartupError(`${path} is damaged (${what}). Restore it, or move it away and join again with a new join token.`);
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON'); // the parser's own message would quote a secret
  }
  const result = schema.safeParse(plain);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!; // a failed parse has at least one
  throw damaged(`${issue.path.join('.')} is missing or wrong`);
}
