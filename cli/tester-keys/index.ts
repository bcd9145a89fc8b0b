import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { clearKey, listKeys, rotateKey, setKey, type TeamOptions } from './keys.ts';
import { showSpending } from './usage.ts';

/** `muster provider-keys …`. */
export function testerKeyCommands(program: Command, surroundings: Surroundings): void {
  const keys = program
    .command('provider-keys')
    .description('the keys that assistants in your sandboxes have at providers of models');
  withTeam(keys.command('list'))
    .description('whose key it is at each provider; never its value')
    .action(act<TeamOptions, []>(surroundings, (session, _, options) => listKeys(session, options)));
  withTeam(keys.command('set <provider>'))
    .description('enter a key of your own, which goes before every other; it is piped in, or asked for and not shown')
    .action(act<TeamOptions, [string]>(surroundings, (session, [name], options) => setKey(session, name, options)));
  withTeam(keys.command('clear <provider>'))
    .description('forget your own key: what you were given counts again')
    .action(act<TeamOptions, [string]>(surroundings, (session, [name], options) => clearKey(session, name, options)));
  withTeam(keys.command('rotate <provider>'))
    .description('have another key minted in place of the one that was minted for you')
    .action(act<TeamOptions, [string]>(surroundings, (session, [name], options) => rotateKey(session, name, options)));
  withTeam(keys.command('usage'))
    .description('what your assistants have used')
    .action(act<TeamOptions, []>(surroundings, (session, _, options) => showSpending(session, options)));
}

const withTeam = (command: Command): Command =>
  withCommonOptions(command).option('--team <id>', 'of this team, instead of your own');
