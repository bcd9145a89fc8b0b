import { create } from '@bufbuild/protobuf';
import { AddTesterRequestSchema } from '#proto/muster/v1/tester_pb.js';
import { invalidField } from '../errors.ts';
import { sentencesOfViolations } from '../server/validation/sentence.ts';
import { validator } from '../server/validation/validator.ts';
import { emailKey } from '../users/index.ts';
import { readCsv } from './csv.ts';

/** A row as it was written, and what is wrong with it by itself or beside the others. */
export interface Row {
  readonly line: number;
  readonly email: string;
  readonly emailKey: string;
  readonly name: string;
  readonly template: string;
  readonly host: string;
  readonly problems: string[];
}

const columns = ['email', 'name', 'template', 'host'] as const;
const mostRows = 10_000;

/** The testers of a CSV, each judged by the rules of AddTester. Throws where it is no CSV of testers, or has too many. */
export function readRows(csv: string): Row[] {
  const [head, ...lines] = readCsv(csv);
  const places = placesOf(head?.cells ?? []);
  if (lines.length > mostRows)
    throw invalidField('csv', `csv: at most ${mostRows} testers at once, and these are ${lines.length}.`);
  if (lines.length === 0) throw invalidField('csv', 'csv: there is no line below the names of the columns.');
  const rows = lines.map(({ line, cells }) => {
    const cell = (column: (typeof columns)[number]) => cells[places[column]] ?? '';
    const asked = { email: cell('email'), name: cell('name'), template: cell('template'), host: cell('host') };
    const judged = validator.validate(AddTesterRequestSchema, create(AddTesterRequestSchema, asked));
    const problems = judged.kind === 'invalid' ? sentencesOfViolations(judged.error) : [];
    if (cells.length > (head?.cells.length ?? 0)) problems.push('It has more cells than there are columns.');
    return { ...asked, line, emailKey: emailKey(asked.email), problems };
  });
  nameDoubles(rows, 'emailKey', 'The address');
  nameDoubles(rows, 'host', 'The machine');
  return rows;
}

/** Where each column stands; -1 for those that are not there. */
function placesOf(head: readonly string[]): Record<(typeof columns)[number], number> {
  const names = head.map((name) => name.toLowerCase());
  const unknown = names.find((name) => !columns.some((column) => column === name));
  if (
    !names.includes('email') ||
    !names.includes('name') ||
    unknown !== undefined ||
    new Set(names).size < names.length
  )
    throw invalidField(
      'csv',
      'csv: the first line names the columns, each once: email and name, and where they are wanted template and host.',
    );
  return {
    email: names.indexOf('email'),
    name: names.indexOf('name'),
    template: names.indexOf('template'),
    host: names.indexOf('host'),
  };
}

function nameDoubles(rows: readonly Row[], by: 'emailKey' | 'host', what: string): void {
  const first = new Map<string, number>();
  for (const row of rows) {
    const value = row[by];
    const line = first.get(value);
    if (value === '') continue;
    if (line === undefined) first.set(value, row.line);
    else row.problems.push(`${what} stands in line ${line}, too.`);
  }
}
