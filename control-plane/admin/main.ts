// Commands for whoever runs the server: they need the database and the master key, and answer JSON.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { mintToken } from '#contract/token.ts';
import { reportAudit } from '../audit/index.ts';
import { parseConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { Refusal, StartupError } from '../errors.ts';
import { openLog } from '../log.ts';
import { mintSetupLink } from '../setup/index.ts';
import { erase, type Erasing } from './erase.ts';
import { openAdminContext } from './open.ts';
import { prepareLocal } from './prepare-local.ts';
import { recover } from './recover.ts';
import { rotateKeyOfAll } from './rotate-master-key.ts';

const program = new Command('admin').description('Commands for whoever runs this server. They answer JSON.');

program
  .command('setup-token')
  .description('mint a one-time link for the first admin, as long as there is none')
  .action(() =>
    answer(async (context) => {
      const setupLink = await mintSetupLink(context);
      return { setupRequired: setupLink !== undefined, setupLink };
    }),
  );

program
  .command('prepare-local')
  .description(
    'register a host and a repository, unless they are there, and answer a join token until the host has joined',
  )
  .requiredOption('--host-name <name>')
  .requiredOption('--repository-name <name>')
  .requiredOption('--repository-path <path>')
  .action((options: { hostName: string; repositoryName: string; repositoryPath: string }) =>
    answer((context) => prepareLocal(context, options)),
  );

program
  .command('recover')
  .description(
    'give a lost admin their way back: make the account an active platform admin, and a link that sets its password',
  )
  .requiredOption('--email <address>')
  .action((options: { email: string }) => answer((context) => recover(context, options.email)));

program
  .command('erase')
  .description("erase a person's data for good; asks for their name first")
  .requiredOption('--user <address or id>')
  .requiredOption('--reason <text>', 'why, for the audit; it must not name them')
  .option('--confirm <name>', 'their name, where nobody can be asked')
  .action((options: Omit<Erasing, 'confirm'> & { confirm?: string }) =>
    answer((context) => erase(context, { ...options, confirm: options.confirm })),
  );

program
  .command('audit-verify')
  .description('check that no audit row was changed, removed or added; ends with 1 where one was')
  .action(() =>
    answer(async (context) => {
      const report = await reportAudit(context);
      if (!report.intact) process.exitCode = 1;
      return report;
    }),
  );

program
  .command('rotate-master-key')
  .description('seal everything anew with another master key; stop all control planes first')
  .action(() => answer(rotateKeyOfAll));

program
  .command('bootstrap-key')
  .description('mint a key for MUSTER_BOOTSTRAP_KEY; it works once a control plane has started with it')
  .action(() => void process.stdout.write(`${JSON.stringify({ bootstrapKey: mintToken('org').secret.reveal() })}\n`));

async function answer(work: (context: Context) => Promise<object>): Promise<void> {
  const config = parseConfig(process.env);
  const { context, close } = await openAdminContext(config, openLog(config, process.stderr));
  try {
    process.stdout.write(`${JSON.stringify(await work(context))}\n`);
  } finally {
    await close();
  }
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StartupError || error instanceof Refusal)) throw error;
  const help = error instanceof Refusal && error.help !== '' ? ` ${error.help}` : '';
  process.stderr.write(`${error.message}${help}\n`);
  process.exitCode = 1;
}
