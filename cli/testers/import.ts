import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { ImportTestersResponseSchema, type ImportedRow } from '#proto/muster/v1/tester_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayCount } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { placeOf, type PlaceOptions } from './add.ts';

/** Options of `muster testers import`. */
export interface ImportOptions extends PlaceOptions {
  readonly onlyValid?: boolean;
  readonly dryRun?: boolean;
}

const columns: readonly Column<ImportedRow>[] = [
  { heading: 'LINE', cell: ({ line }) => String(line), right: true },
  { heading: 'EMAIL', cell: ({ email }) => email },
  { heading: 'PROBLEM', cell: ({ problems }) => problems.join(' ') },
];

/** Brings everybody in a CSV in. Exit code 1 where rows have problems and nobody was brought in for them. */
export async function importTesters(
  session: Session,
  path: string,
  options: ImportOptions,
  end: (exitCode: number) => void,
): Promise<void> {
  const { onlyValid = false, dryRun = false } = options;
  const csv = await readCsv(session, path);
  const answer = await session.testers.importTesters({ csv, onlyValid, dryRun, ...placeOf(options) });
  const { rows, added, existing, wrong, done } = answer;
  if (wrong > 0 && !onlyValid) end(exitCodes.failure);
  if (session.json) return printJson(session.stdout, ImportTestersResponseSchema, answer);
  const problems = rows.filter((row) => row.problems.length > 0);
  if (problems.length > 0) printTable(session.stdout, problems, columns, '');
  const already = existing > 0 ? `; ${sayCount(existing, 'tester')} already` : '';
  if (done) session.stdout.write(`${sayCount(added, 'tester')} brought in${already}. See muster testers list.\n`);
  else if (dryRun)
    session.stdout.write(`${sayCount(added, 'tester')} would be brought in${already}. Nothing was done.\n`);
  else
    session.stderr.write(
      `${sayCount(wrong, 'row')} with problems: nobody was brought in. Correct them, or leave them out with --only-valid.\n`,
    );
}

async function readCsv({ stdin }: Session, path: string): Promise<string> {
  if (path === '-') {
    if (!stdin.isPiped) throw new CliError('Pipe the CSV in, or name its file.', exitCodes.usage);
    return text(stdin);
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`${path} cannot be read.`, exitCodes.usage, { cause: error });
  }
}
