import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { withConfirmation } from '../mutation/confirm.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { createKey, roles, type CreateOptions } from './create.ts';
import type { OwnerOptions } from './find.ts';
import { listKeys, type ListOptions } from './list.ts';
import { revokeKey, takeOverKey, type ChangeOptions } from './revoke.ts';
import { rotateKey, type RotateOptions } from './rotate.ts';
import { showKey } from './show.ts';

/** `muster keys …`. */
export function keyCommands(program: Command, surroundings: Surroundings): void {
  const keys = program.command('keys').description('API keys of your team, or of the installation');
  withOwner(keys.command('create <name>'))
    .description('mint a key; its secret is shown once')
    .addOption(new Option('--role <role>', 'what it may do').choices(Object.keys(roles)).default('operator'))
    .option('--lifetime <time>', 'how long it lives (default 90d)', parseDuration)
    .option('--never-expires <reason>', 'let it live until it is revoked; says why')
    .option('--bind-team <id>', 'confine a key of the installation to one team')
    .option('--bind-host <host>', 'bind it to one host')
    .option('--request-id <id>', 'makes the call repeatable')
    .option('--out <file>', 'write the secret to a new file that only you can read')
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createKey(session, name, options)),
    );
  withOwner(keys.command('list'), { changes: false })
    .description('all keys that have not ended')
    .option('--all', 'also those that have')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listKeys(session, options)));
  withOwner(keys.command('show <key>'), { changes: false })
    .description('one key, by name or id')
    .action(act<OwnerOptions, [string]>(surroundings, (session, [key], options) => showKey(session, key, options)));
  withOwner(keys.command('rotate <key>'))
    .description('give a key a new secret, and its lifetime anew')
    .option(
      '--overlap <time>',
      'how long the old secret goes on working, up to 7d (default: not at all)',
      parseDuration,
    )
    .option('--out <file>', 'write the secret to a new file that only you can read')
    .action(act<RotateOptions, [string]>(surroundings, (session, [key], options) => rotateKey(session, key, options)));
  withOwner(keys.command('revoke <key>'))
    .description('end a key, from its next request on')
    .action(act<ChangeOptions, [string]>(surroundings, (session, [key], options) => revokeKey(session, key, options)));
  withOwner(keys.command('take-over <key>'))
    .description('let a key whose maker has left work by your rights')
    .action(
      act<ChangeOptions, [string]>(surroundings, (session, [key], options) => takeOverKey(session, key, options)),
    );
}

function withOwner(command: Command, { changes = true } = {}): Command {
  withCommonOptions(command)
    .option('--team <id>', 'of this team, instead of your own')
    .option('--org', 'of the installation');
  return changes ? withConfirmation(command) : command;
}
