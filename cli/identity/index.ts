import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { withConfirmation } from '../mutation/confirm.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import {
  approveRequest,
  listApprovals,
  rejectRequest,
  type ApprovalsOptions,
  type DecideOptions,
} from './approvals.ts';
import { pauseIdentity, resumeIdentity, revokeIdentity, type ChangeOptions } from './change.ts';
import { addCredential, createIdentity, type CreateOptions, type CredentialOptions } from './create.ts';
import type { TeamOptions } from './find.ts';
import { inspectIdentity } from './inspect.ts';
import { listIdentities, type ListOptions } from './list.ts';
import { rotateCredential, type RotateOptions } from './rotate.ts';
import { environments, roles, scopes } from './words.ts';

/** `muster identity …`. */
export function identityCommands(program: Command, surroundings: Surroundings): void {
  const identity = program.command('identity').description('machine identities: named callers that are no people');
  withMint(identity.command('create <name>'))
    .description('make an identity; the secret of its first credential is shown once')
    .addOption(
      new Option('--environment <where>', 'where it is used; production needs a second person')
        .choices(Object.keys(environments))
        .makeOptionMandatory(),
    )
    .addOption(new Option('--role <role>', 'what it may do at most').choices(Object.keys(roles)).default('read-only'))
    .addOption(new Option('--scope <scope...>', 'what of that').choices(Object.keys(scopes)).makeOptionMandatory())
    .option('--bind-host <host>', 'bind it to one host')
    .option('--lifetime <time>', 'how long its credential lives (default 90d)', parseDuration)
    .option('--request-id <id>', 'makes the call repeatable')
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createIdentity(session, name, options)),
    );
  withMint(identity.command('add-credential <identity>'))
    .description('give an identity one more credential')
    .option('--lifetime <time>', 'how long it lives (default 90d)', parseDuration)
    .option('--request-id <id>', 'makes the call repeatable')
    .action(
      act<CredentialOptions, [string]>(surroundings, (session, [name], options) =>
        addCredential(session, name, options),
      ),
    );
  withMint(identity.command('rotate <identity>'))
    .description('replace a credential')
    .option('--credential <id>', 'which one, where it has several')
    .option('--overlap <time>', 'how long the old one goes on working, up to 7d (default: not at all)', parseDuration)
    .option('--lifetime <time>', 'how long the new one lives (default 90d)', parseDuration)
    .action(
      act<RotateOptions, [string]>(surroundings, (session, [name], options) =>
        rotateCredential(session, name, options),
      ),
    );
  const changes = [
    ['pause', 'stop an identity until it is resumed', pauseIdentity],
    ['resume', 'let a paused identity work again', resumeIdentity],
    ['revoke', 'end an identity and all its credentials', revokeIdentity],
  ] as const;
  for (const [name, description, change] of changes)
    withConfirmation(withTeam(identity.command(`${name} <identity>`)))
      .description(description)
      .action(act<ChangeOptions, [string]>(surroundings, (session, [one], options) => change(session, one, options)));
  withTeam(identity.command('inspect <identity>'))
    .description('one identity with its credentials and what happened last')
    .action(
      act<TeamOptions, [string]>(surroundings, (session, [name], options) => inspectIdentity(session, name, options)),
    );
  withTeam(identity.command('list'))
    .description('all identities of a team that were not revoked')
    .option('--all', 'also those that were')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listIdentities(session, options)));
  withTeam(identity.command('approvals'))
    .description('requests that wait for a second person')
    .option('--all', 'also those that are over')
    .option('--all-teams', 'of every team; for platform admins')
    .action(act<ApprovalsOptions, []>(surroundings, (session, _, options) => listApprovals(session, options)));
  const decisions = [
    ['approve', 'approve exactly this request of somebody else', approveRequest],
    ['reject', 'reject a request', rejectRequest],
  ] as const;
  for (const [name, description, decide] of decisions)
    withConfirmation(withCommonOptions(identity.command(`${name} <request>`)))
      .description(description)
      .action(act<DecideOptions, [string]>(surroundings, (session, [id], options) => decide(session, id, options)));
}

const withTeam = (command: Command): Command =>
  withCommonOptions(command).option('--team <id>', 'of this team, instead of your own');

const withMint = (command: Command): Command =>
  withConfirmation(withTeam(command)).option('--out <file>', 'write the secret to a new file that only you can read');
