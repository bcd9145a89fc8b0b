import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { withConfirmation } from '../mutation/confirm.ts';
import { parseNumber } from '../output/pairs.ts';
import type { Surroundings } from '../surroundings.ts';
import { addTester, type AddOptions } from './add.ts';
import { removeTester, retrySteps, steps, type RemoveOptions, type RetryOptions } from './change.ts';
import { importTesters, type ImportOptions } from './import.ts';
import { listedStates, listTesters, showTester, type ListOptions } from './list.ts';

/** `muster testers …`. */
export function testerCommands(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  const testers = program.command('testers').description('people with an account, a team and a place to work');
  withPlace(testers.command('add <email>'))
    .description('bring a tester in: account, team, sandbox and welcome mail')
    .requiredOption('--name <name>', 'their name')
    .option('--host <name>', 'a machine of the platform that becomes theirs alone')
    .option('--wait', 'wait until they can begin; exit code 1 where a step fails')
    .action(act<AddOptions, [string]>(surroundings, (session, [email], options) => addTester(session, email, options)));
  withPlace(testers.command('import <file>'))
    .description(
      'bring in everybody in a CSV with the columns email, name, and perhaps template and host (- reads it from stdin)',
    )
    .option('--only-valid', 'leave rows with problems out; without it, one such row keeps everybody out')
    .option('--dry-run', 'say what would be done')
    .action(
      act<ImportOptions, [string]>(surroundings, (session, [file], options) =>
        importTesters(session, file, options, end),
      ),
    );
  withCommonOptions(testers.command('list'))
    .description('all testers, and what they wait for')
    .addOption(new Option('--state <state>', 'only these').choices(Object.keys(listedStates)))
    .option('--search <text>', 'only those whose name or address contains it')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listTesters(session, options)));
  withCommonOptions(testers.command('show <tester>'))
    .description('a tester, by address, name or id, with all steps')
    .action(act(surroundings, (session, [tester]: [string]) => showTester(session, tester)));
  withCommonOptions(testers.command('retry [tester]'))
    .description('do a step again, or all that have failed')
    .addOption(new Option('--step <step>', 'this one, also where it was done').choices(Object.keys(steps)))
    .option('--all', 'all steps that have failed, of everybody')
    .action(
      act<RetryOptions, [string | undefined]>(surroundings, (session, [tester], options) =>
        retrySteps(session, tester, options),
      ),
    );
  withConfirmation(withCommonOptions(testers.command('remove <tester>')))
    .description('take a tester out, with team, sandboxes, keys, and the account that was made for them')
    .option('--reason <text>', 'kept in the audit log')
    .action(
      act<RemoveOptions, [string]>(surroundings, (session, [tester], options) =>
        removeTester(session, tester, options),
      ),
    );
}

const withPlace = (command: Command): Command =>
  withCommonOptions(command)
    .option('--template <name>', 'what their sandbox is made from (default base)')
    .option('--cpu <number>', 'processors (default 1)', parseNumber)
    .option('--memory <MiB>', 'memory (default 512)', parseNumber)
    .option('--disk <MiB>', 'disk (default 2048)', parseNumber);
