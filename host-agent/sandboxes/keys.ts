import { SandboxFiles } from '../files/index.ts';
import type { InitLink } from '../init/index.ts';

/** What the control plane gives a sandbox of its team's keys. */
export interface SandboxKeys {
  /** Grows with every change. 0: its file could not be put there. */
  readonly revision: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** A file system of its own in memory: no snapshot and no disk ever has it. */
export const keysDirectory = '/run/muster';
const keysFile = `${keysDirectory}/keys.env`;

/** Puts the keys into their file inside of the sandbox, as a whole: who reads it sees those from before, or these. */
export async function putKeys(link: InitLink, { variables }: SandboxKeys): Promise<void> {
  const bytes = Buffer.from(textOf(variables));
  const all = async function* () {
    yield { bytes };
    yield { end: true } as const;
  };
  await new SandboxFiles(link).write(
    {
      path: Buffer.from(keysFile),
      user: '',
      // Every user of the sandbox has them as variables anyway.
      mode: 0o644,
      owner: '',
      group: '',
      createParents: true,
      onlyNew: false,
      follow: false,
      ifEtag: '',
      uploadId: '',
      offset: 0n,
      size: BigInt(bytes.length),
    },
    all(),
  );
}

/** As shells and readers of `.env` files take it. */
function textOf(variables: SandboxKeys['variables']): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}\n`);
  return `# The keys of this sandbox's team. Muster replaces this file when one of them changes.\n${lines.sort().join('')}`;
}

const quoted = (value: string): string =>
  /^[\w.:/@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
