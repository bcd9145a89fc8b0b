import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../enrolment/atomic-file.ts';

const schema = z.object({
  generation: z.string(),
  revision: z.string().regex(/^\d+$/),
  keys: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['support', 'tester']),
      publicKey: z.string(),
      expiresAtMs: z.number().optional(),
    }),
  ),
  held: z.array(z.string()),
});

/** What the agent has to know about keys over its restarts, also when it is cut off. */
export interface Journal {
  /** The life of the database that the revision is of; empty before it was told anything. */
  readonly generation: string;
  readonly revision: bigint;
  readonly keys: readonly z.infer<typeof schema>['keys'][number][];
  /** Accounts that may hold lines of ours. */
  readonly held: readonly string[];
}

const fileIn = (dataDir: string) => join(dataDir, 'machine-access.json');

/** Undefined where none was ever kept. */
export async function readJournal(dataDir: string): Promise<Journal | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { revision, ...rest } = schema.parse(JSON.parse(text));
  return { ...rest, revision: BigInt(revision) };
}

export const keepJournal = (dataDir: string, journal: Journal): Promise<void> =>
  writeAtomically(fileIn(dataDir), JSON.stringify({ ...journal, revision: String(journal.revision) }));
