import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { parseComing } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ConfirmOptions } from './confirm.ts';
import { allow, deny, listPeople, showPerson, turnOff, turnOn, type SshOnOptions } from './people.ts';
import { showHost, showStatus } from './status.ts';
import {
  addSupportKey,
  listSupportKeys,
  removeSupportKey,
  type AddOptions,
  type RemoveOptions,
} from './support-keys.ts';

const confirm = ['--confirm', 'do it; nothing is done without'] as const;
const until = ['--until <when>', 'a date, or after how long: 2026-01-31, 12h, 7d', parseComing] as const;

/** `muster machine-access …`. */
export function machineAccessCommands(program: Command, surroundings: Surroundings): void {
  const access = program.command('machine-access').description('who gets onto machines by SSH');
  withCommonOptions(access.command('status'))
    .description('how many machines have applied what is wanted, and which have not')
    .action(act(surroundings, showStatus));
  withCommonOptions(access.command('host <host>'))
    .description('who may use a machine, and how far it is')
    .action(act<object, [string]>(surroundings, (session, [host]) => showHost(session, host)));
  withCommonOptions(access.command('support-keys'))
    .description('all support keys')
    .action(act(surroundings, listSupportKeys));
  withCommonOptions(access.command('add-support-key <name> <file>'))
    .description('install the key of a .pub file (- for standard input) on machines; the name says whose it is')
    .option(...until)
    .option('--host <host...>', 'only on these machines')
    .option('--request-id <id>', 'makes the call repeatable: the same id answers the same key')
    .action(
      act<AddOptions, [string, string]>(surroundings, (session, [name, file], options) =>
        addSupportKey(session, name, file, options),
      ),
    );
  withCommonOptions(access.command('remove-support-key <key>'))
    .description('take a support key off the machines, by name, id or fingerprint')
    .option('--reason <text>', 'kept in the audit log')
    .option(...confirm)
    .action(
      act<RemoveOptions, [string]>(surroundings, (session, [key], options) => removeSupportKey(session, key, options)),
    );
  withCommonOptions(access.command('people'))
    .description('who is on an access list or has a key')
    .action(act(surroundings, listPeople));
  withCommonOptions(access.command('person [email]'))
    .description('SSH of one person; your own where nobody is named')
    .action(act<object, [string | undefined]>(surroundings, (session, [email]) => showPerson(session, email)));
  withCommonOptions(access.command('allow <host> <email...>'))
    .description("put people on a machine's access list")
    .action(act<object, [string, string[]]>(surroundings, (session, [host, emails]) => allow(session, host, emails)));
  withCommonOptions(access.command('deny <host> <email...>'))
    .description("take people off a machine's access list")
    .option(...confirm)
    .action(
      act<ConfirmOptions, [string, string[]]>(surroundings, (session, [host, emails], options) =>
        deny(session, host, emails, options),
      ),
    );
  withCommonOptions(access.command('ssh-on <email>'))
    .description('turn SSH on for a person, who needs to be on an access list besides')
    .option('--key <file>', 'their .pub file (- for standard input); the key that they have, where it is left out')
    .option(...until)
    .action(act<SshOnOptions, [string]>(surroundings, (session, [email], options) => turnOn(session, email, options)));
  withCommonOptions(access.command('ssh-off <email>'))
    .description('turn SSH off for a person')
    .option(...confirm)
    .action(
      act<ConfirmOptions, [string]>(surroundings, (session, [email], options) => turnOff(session, email, options)),
    );
}
