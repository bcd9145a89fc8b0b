import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { addRepository, type AddOptions } from './add.ts';
import { listRepositories } from './list.ts';
import { removeRepository } from './remove.ts';

/** `muster repositories …`. */
export function repositoryCommands(program: Command, surroundings: Surroundings): void {
  const repositories = program
    .command('repositories')
    .description('git repositories whose main the machines should run');
  withCommonOptions(repositories.command('list'))
    .description('all repositories')
    .action(act(surroundings, listRepositories));
  withCommonOptions(repositories.command('add <name> <url>'))
    .description('register a repository: https://…, ssh://…, or a local path that the control plane allows')
    .option('--branch <name>', 'the branch that counts (default main)')
    .action(
      act<AddOptions, [string, string]>(surroundings, (session, [name, url], options) =>
        addRepository(session, name, url, options),
      ),
    );
  withCommonOptions(repositories.command('remove <repository>'))
    .description('remove a repository, by name or id')
    .action(act<object, [string]>(surroundings, (session, [repository]) => removeRepository(session, repository)));
}
