import { CommanderError, InvalidArgumentError, Option, type Command } from 'commander';
import { parseMoment } from '../audit/filter.ts';
import { act, withCommonOptions } from '../command.ts';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { collectPair, parseNumber } from '../output/pairs.ts';
import { parseDuration, parseComing } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { exportFleet, type ExportOptions } from './export.ts';
import { fleetCommand, showFleet, type FleetOptions } from './fleet.ts';
import { askGate, type GateOptions } from './gate.ts';
import { showHistory, type HistoryOptions } from './history.ts';
import { pin, unpin, type PinOptions } from './pin.ts';
import { listReports, type ReportsOptions } from './reports.ts';

const defaultWait = { seconds: 600n };

/** `muster fleet` and what stands below it. `end` takes the exit code of a gate. */
export function fleetCommands(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  // Its own options come before the name of a command: what comes after belongs to that one.
  const fleet = fleetCommand(program, surroundings).enablePositionalOptions();
  withCommonOptions(fleet.command('status'))
    .description('the same as muster fleet')
    .option('--repository <name>', 'only components of this repository')
    .action(act<FleetOptions, []>(surroundings, (session, _, { repository = '' }) => showFleet(session, repository)));
  const ask = act<GateOptions, []>(surroundings, async (session, _, options) => end(await askGate(session, options)));
  withGate(fleet.command('assert'))
    .description('ends with 0 where a commit runs everywhere, else with 1: a gate for pipelines')
    .option('--wait <time>', 'wait so long for it, such as 10m; then it ends with 3', parseDuration)
    .action(ask);
  withGate(fleet.command('wait'))
    .description('the same, and waits for it: ends with 2 where the branch moves on, with 3 where the time is over')
    .option('--wait <time>', 'how long (default 10m)', parseDuration, defaultWait)
    .action(ask);
  withCommonOptions(fleet.command('reports'))
    .description('what hosts report of their components, in their own words')
    .option('--host <host>', 'only this host, by name or id')
    .option('--repository <name>', 'only components that name this repository')
    .option('--component <name>', 'only components of this name')
    .option('--limit <number>', 'at most this many (default 100)', parseNumber)
    .action(act<ReportsOptions, []>(surroundings, (session, _, options) => listReports(session, options)));
  withCommonOptions(fleet.command('history <host>'))
    .description('what ran on a host, and when')
    .option('--component <name>', 'only this component')
    .option('--at <when>', 'at this moment: 2026-01-31T14:05Z, or how long ago, such as 2d', parseMoment)
    .option('--since <when>', 'what ran at this moment or later', parseMoment)
    .option('--until <when>', 'what ran at this moment or before', parseMoment)
    .option('--limit <number>', 'at most this many (default 100)', parseNumber)
    .action(
      act<HistoryOptions, [host: string]>(surroundings, (session, [host], options) =>
        showHistory(session, host, options),
      ),
    );
  withCommonOptions(fleet.command('pin <host> <component> <sha>'))
    .description('hold a component at a commit that need not be the head of its branch')
    .requiredOption('--reason <text>', 'shown wherever the component is')
    .option('--until <when>', 'when it ends by itself: 2026-01-31T12:00Z, or after how long, such as 2d', parseComing)
    .action(act<PinOptions, [host: string, component: string, sha: string]>(surroundings, pin));
  withCommonOptions(fleet.command('unpin <host> <component>'))
    .description('let it follow its branch again')
    .action(act(surroundings, unpin));
  withCommonOptions(fleet.command('export'))
    .description('the fleet as a file: a row for each component of each host')
    .addOption(new Option('--format <format>', 'what it looks like').choices(['csv', 'jsonl']).default('csv'))
    .option('--repository <name>', 'only components of this repository')
    .option('--out <file>', 'write to a new file, instead of standard output')
    .action(act<ExportOptions, []>(surroundings, (session, _, options) => exportFleet(session, options)));
}

const withGate = (command: Command): Command =>
  withCommonOptions(command)
    .requiredOption('--repository <name>', 'the registered repository')
    .option('--sha <commit>', 'the commit that should run, by its full id; else the head of the branch')
    .option('--ref <branch>', 'the head of this branch, instead of the registered one')
    .option('--component <name>', 'only this component')
    .option('--label <key=value>', 'only hosts with this label; again for more', collectPair)
    .option('--host <name>', 'only this host; again for more', (name, before: readonly string[] | undefined) => [
      ...(before ?? []),
      name,
    ])
    .option('--min-hosts <number>', 'so many hosts must run it at least (default 1)', parseHosts)
    .addOption(
      new Option('--on-offline <what>', 'what to do about hosts that cannot be heard')
        .choices(['fail', 'exclude'])
        .default('fail'),
    )
    .addOption(new Option('--evidence <level>', 'how well reports must be backed').choices(['L0', 'L1', 'L2']))
    .exitOverride(notAsked);

/** A line that is wrong must not end with the code of an answer. Help ends well. */
function notAsked(error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  throw new CliError('The gate was not asked.', exitCodes.runFailed, { cause: error });
}

function parseHosts(text: string): number {
  const number = parseNumber(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number from 1 on.');
  return number;
}
