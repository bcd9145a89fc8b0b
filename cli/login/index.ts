import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { logIn, type LogInOptions } from './log-in.ts';
import { logOut } from './log-out.ts';
import { whoAmI } from './who-am-i.ts';

/** `muster login`, `logout` and `whoami`. */
export function loginCommands(program: Command, surroundings: Surroundings): void {
  withCommonOptions(program.command('login'))
    .description('sign in, through the browser or with a token')
    .option(
      '--token <token>',
      'a user token from the console (Account, "Command line"); - reads it from standard input',
    )
    .action(act<LogInOptions, []>(surroundings, (session, _, options) => logIn(session, options)));
  withCommonOptions(program.command('logout'))
    .description('end this sign-in and forget it')
    .action(act(surroundings, logOut));
  withCommonOptions(program.command('whoami'))
    .description('who you are to the control plane')
    .action(act(surroundings, whoAmI));
}
