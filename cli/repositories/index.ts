import { Argument, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import type { SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';
import { addRepository, type AddOptions } from './add.ts';
import { changeCredential, type CredentialOptions } from './credential.ts';
import { changeForge, forgeWords, type ForgeWord } from './forge.ts';
import { listRepositories } from './list.ts';
import { distrustKey, publishProvenance, showProvenance, trustKey, type ProvenanceOptions } from './provenance.ts';
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
  withCommonOptions(
    repositories
      .command('forge')
      .argument('<repository>')
      .addArgument(new Argument('<kind>', 'auto: as its webhook or its address says').choices(forgeWords)),
  )
    .description('say which forge it lies on, so that its commits are linked there')
    .action(
      act<object, [string, ForgeWord]>(surroundings, (session, [repository, kind]) =>
        changeForge(session, repository, kind),
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
  withCommonOptions(repositories.command('provenance <repository>'))
    .description('which keys are trusted to sign what was built, and whether that is required')
    .option('--require', 'what is built from it has to be verified to be green')
    .option('--no-require', 'it need not be')
    .action(
      act<ProvenanceOptions, [string]>(surroundings, (session, [repository], options) =>
        showProvenance(session, repository, options),
      ),
    );
  withCommonOptions(repositories.command('trust-key <repository> <file>'))
    .description('trust the public key of a pipeline (PEM, Ed25519 or ECDSA P-256) to sign what was built')
    .option('--name <name>', 'what to call it (default ci)')
    .action(
      act<SessionOptions & { name?: string }, [string, string]>(surroundings, (session, [repository, file], options) =>
        trustKey(session, repository, file, options),
      ),
    );
  withCommonOptions(repositories.command('distrust-key <repository> <key>'))
    .description('trust a key no more, nor what it has signed: by its name or id')
    .action(
      act<object, [string, string]>(surroundings, (session, [repository, key]) =>
        distrustKey(session, repository, key),
      ),
    );
  withCommonOptions(repositories.command('publish-provenance <repository> <file>'))
    .description('tell, from CI, what a build was made from: SLSA provenance in a signed DSSE envelope')
    .action(
      act<object, [string, string]>(surroundings, (session, [repository, file]) =>
        publishProvenance(session, repository, file),
      ),
    );
  withCommonOptions(repositories.command('remove <repository>'))
    .description('remove a repository, by name or id')
    .action(act<object, [string]>(surroundings, (session, [repository]) => removeRepository(session, repository)));
}
