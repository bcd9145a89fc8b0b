import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { parseNumber } from '../output/pairs.ts';
import type { Surroundings } from '../surroundings.ts';
import { exportEvents, type ExportOptions } from './export.ts';
import { parseMoment, parsePosition } from './filter.ts';
import { listEvents, type ListOptions } from './list.ts';
import { verifyAudit, type VerifyOptions } from './verify.ts';

/** `muster audit …`. `end` takes the exit code of a verification that has found something. */
export function auditCommands(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  const audit = program.command('audit').description('who did what, and whether the record is whole');
  withFilter(withCommonOptions(audit.command('list')))
    .description('what was done, newest first')
    .option('--limit <number>', 'at most this many (default 50)', parseNumber)
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listEvents(session, options)));
  withFilter(withCommonOptions(audit.command('export')))
    .description('the same as a file, oldest first')
    .addOption(new Option('--format <format>', 'what it looks like').choices(['csv', 'jsonl']).default('csv'))
    .option('--out <file>', 'write to a new file, instead of standard output')
    .option('--after <position>', 'go on after this position; appends to the file of --out', parsePosition)
    .action(act<ExportOptions, []>(surroundings, (session, _, options) => exportEvents(session, options)));
  withCommonOptions(audit.command('verify'))
    .description('check that nothing was changed, removed or added; ends with 1 where something was')
    .option('--keep <file>', 'also check against the signed checkpoints in this file, and add the newest to it')
    .action(
      act<VerifyOptions, []>(surroundings, async (session, _, options) => end(await verifyAudit(session, options))),
    );
}

const withFilter = (command: Command): Command =>
  command
    .option('--actor <actor>', 'who did it, such as user:ID, host:ID or system')
    .option('--action <prefix>', 'what the action begins with, such as host. or host.create')
    .option('--target <id>', 'what it was done on')
    .option('--team <id>', 'only in this team')
    .addOption(new Option('--outcome <outcome>', 'how it ended').choices(['done', 'denied', 'failed']))
    .option('--since <when>', 'not before: 2026-01-31, 2026-01-31T12:00Z, or how long ago, such as 2h', parseMoment)
    .option('--until <when>', 'before this moment', parseMoment);
