import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { collectPair, parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { cordonHost, uncordonHost, type CordonOptions } from './cordon.ts';
import { createHost, type CreateOptions } from './create.ts';
import { deleteHost, type DeleteOptions } from './delete.ts';
import { createJoinToken, type JoinTokenOptions } from './join-token.ts';
import { drainActions, drainHost, type DrainOptions } from './drain.ts';
import { drift, type DriftOptions } from './drift.ts';
import { listHosts, type ListOptions } from './list.ts';
import { rotateSigningKey, type RotateOptions } from './rotate-signing-key.ts';
import { showHost } from './show.ts';
import { listUnknown, settleUnknown, type SettleUnknownOptions } from './unknown.ts';
import { unlockHost, type UnlockOptions } from './unlock.ts';

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
    .description('place sandboxes on a host again; cancels its drain')
    .action(act<object, [string]>(surroundings, (session, [host]) => uncordonHost(session, host)));
  withCommonOptions(hosts.command('drain <host>'))
    .description('empty a host: no new sandboxes, and wait for those on it')
    .requiredOption('--reason <text>', 'why; shown on its page')
    .addOption(
      new Option('--then <action>', 'what happens at the deadline to sandboxes that are left')
        .choices(Object.keys(drainActions))
        .default('wait'),
    )
    .option(
      '--deadline <time>',
      'how long they have (default: for ever, or no time at all with stop or destroy)',
      parseDuration,
    )
    .option('--wait', 'show how far it is until it has ended')
    .action(act<DrainOptions, [string]>(surroundings, (session, [host], options) => drainHost(session, host, options)));
  withCommonOptions(hosts.command('unlock <host>'))
    .description('end the quarantine of a host, once you know what happened')
    .requiredOption('--reason <text>', 'what was found out; kept in the audit')
    .action(
      act<UnlockOptions, [string]>(surroundings, (session, [host], options) => unlockHost(session, host, options)),
    );
  withCommonOptions(hosts.command('drift'))
    .description('whether the database is older than what hosts have seen, and what to do about it')
    .option('--open-window', 'let hosts prove themselves by their keys for an hour')
    .option('--accept', 'the database counts as it is from now on')
    .option('--reason <text>', 'why; kept in the audit')
    .action(act<DriftOptions, []>(surroundings, (session, _, options) => drift(session, options)));
  withCommonOptions(hosts.command('unknown [host]'))
    .description('sandboxes that hosts run and the database does not know')
    .action(act<object, [string | undefined]>(surroundings, (session, [host]) => listUnknown(session, host)));
  withCommonOptions(hosts.command('settle-unknown <host> <sandbox>'))
    .description('decide about a sandbox that a host runs and the database does not know')
    .option('--release', 'let it go on there, and leave it alone')
    .option('--destroy', 'destroy it with its files')
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .action(
      act<SettleUnknownOptions, [string, string]>(surroundings, (session, [host, sandbox], options) =>
        settleUnknown(session, host, sandbox, options),
      ),
    );
  withCommonOptions(hosts.command('rotate-signing-key'))
    .description("let the next key sign hosts' access tokens from now on")
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .action(act<RotateOptions, []>(surroundings, (session, _, options) => rotateSigningKey(session, options)));
  withCommonOptions(hosts.command('delete <host>'))
    .description('delete a host and revoke its credentials')
    .option('--force', 'also destroy the sandboxes on it')
    .option('--dry-run', 'only say what would end with it')
    .action(
      act<DeleteOptions, [string]>(surroundings, (session, [host], options) => deleteHost(session, host, options)),
    );
}
