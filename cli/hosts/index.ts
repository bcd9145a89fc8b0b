import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { collectPair, parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { cordonHost, uncordonHost, type CordonOptions } from './cordon.ts';
import { createHost, type CreateOptions } from './create.ts';
import { deleteHost, type DeleteOptions } from './delete.ts';
import { createJoinToken, type JoinTokenOptions } from './join-token.ts';
import { listHosts, type ListOptions } from './list.ts';
import { showHost } from './show.ts';

/** `muster hosts …`. */
export function hostCommands(program: Command, surroundings: Surroundings): void {
  const hosts = program.command('hosts').description('machines that run sandboxes');
  withCommonOptions(hosts.command('list'))
    .description('all hosts that you may see')
    .option('--team <id>', 'only those of this team')
    .option('--platform', 'only those of the platform')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listHosts(session, options)));
  withCommonOptions(hosts.command('show <host>'))
    .description('one host, by name or id')
    .action(act<object, [string]>(surroundings, (session, [host]) => showHost(session, host)));
  withCommonOptions(hosts.command('create <name>'))
    .description('register a machine; prints the command to run on it')
    .option('--label <key=value>', 'a label, for selection (repeatable)', collectPair)
    .option('--cpu-overcommit <factor>', 'how often its processors may be promised (default 16)', parseNumber)
    .option('--memory-overcommit <factor>', 'how often its memory may be promised (default 1)', parseNumber)
    .option('--disk-overcommit <factor>', 'how often its disk may be promised (default 1)', parseNumber)
    .option('--token-lifetime <time>', 'how long the join token lives (default 1h)', parseDuration)
    .option('--request-id <id>', 'makes the call repeatable')
    .option('--team <id>', 'for this team (default: the platform for its admins, else your active team)')
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createHost(session, name, options)),
    );
  withCommonOptions(hosts.command('join-token <host>'))
    .description('make a new join token, to set its machine up anew; prints the command to run on it')
    .option('--lifetime <time>', 'how long it lives (default 1h)', parseDuration)
    .action(
      act<JoinTokenOptions, [string]>(surroundings, (session, [host], options) =>
        createJoinToken(session, host, options),
      ),
    );
  withCommonOptions(hosts.command('cordon <host>'))
    .description('place no new sandboxes on a host')
    .requiredOption('--reason <text>', 'why; shown on its page')
    .action(
      act<CordonOptions, [string]>(surroundings, (session, [host], options) => cordonHost(session, host, options)),
    );
  withCommonOptions(hosts.command('uncordon <host>'))
    .description('place sandboxes on a host again')
    .action(act<object, [string]>(surroundings, (session, [host]) => uncordonHost(session, host)));
  withCommonOptions(hosts.command('delete <host>'))
    .description('delete a host and revoke its credentials')
    .option('--force', 'also destroy the sandboxes on it')
    .action(
      act<DeleteOptions, [string]>(surroundings, (session, [host], options) => deleteHost(session, host, options)),
    );
}
