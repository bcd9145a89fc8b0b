import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { collectPair, parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { cordonHost, uncordonHost, type CordonOptions } from './cordon.ts';
import { createHost, type CreateOptions } from './create.ts';
import { deleteHost, type DeleteOptions } from './delete.ts';
import { listHosts } from './list.ts';
import { showHost } from './show.ts';

/** `muster hosts …`. */
export function hostCommands(program: Command, surroundings: Surroundings): void {
  const hosts = program.command('hosts').description('machines that run sandboxes');
  withCommonOptions(hosts.command('list')).description('all hosts').action(act(surroundings, listHosts));
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
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createHost(session, name, options)),
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
