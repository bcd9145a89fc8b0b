import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { addRepository, type AddOptions } from './add.ts';
import { changeCredential, type CredentialOptions } from './credential.ts';
import { listRepositories } from './list.ts';
import { publishHead, type PublishOptions } from './publish.ts';
import { removeRepository } from './remove.ts';
import { changeWebhook, type WebhookOptions } from './webhook.ts';

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
    .option('--published', 'CI tells its heads with publish-head; nothing is fetched')
    .action(
      act<AddOptions, [string, string]>(surroundings, (session, [name, url], options) =>
        addRepository(session, name, url, options),
      ),
    );
  withCommonOptions(repositories.command('webhook <repository>'))
    .description('make a webhook, so that pushes are seen at once, or a new secret for it')
    .option('--remove', 'take no deliveries any more')
    .action(
      act<WebhookOptions, [string]>(surroundings, (session, [repository], options) =>
        changeWebhook(session, repository, options),
      ),
    );
  withCommonOptions(repositories.command('credential <repository>'))
    .description('what a private repository is fetched with: a token from standard input, or a key')
    .option('--username <name>', 'of the token, where the forge wants one')
    .option('--ssh-key <file>', 'a private key without a passphrase')
    .option('--known-hosts <file>', "the forge's host keys, as ssh-keyscan prints them")
    .option('--remove', 'fetch without any')
    .action(
      act<CredentialOptions, [string]>(surroundings, (session, [repository], options) =>
        changeCredential(session, repository, options, surroundings.stdin),
      ),
    );
  withCommonOptions(repositories.command('publish-head <repository> <sha>'))
    .description('tell the head of a repository that is registered with --published, from CI')
    .option('--after <sha>', 'only if this is the newest head: jobs may end out of order')
    .option('--forced', 'the branch was rewritten')
    .action(
      act<PublishOptions, [string, string]>(surroundings, (session, [repository, sha], options) =>
        publishHead(session, repository, sha, options),
      ),
    );
  withCommonOptions(repositories.command('remove <repository>'))
    .description('remove a repository, by name or id')
    .action(act<object, [string]>(surroundings, (session, [repository]) => removeRepository(session, repository)));
}
