import { existsSync } from 'node:fs';
import { parseConfig } from './config.ts';
import { StartupError } from './errors.ts';
import { openLog } from './log.ts';
import { startReplica } from './replica.ts';
import { mintSetupLink } from './setup/index.ts';

/** Six times as long as calls under way are waited for, and less than systemd waits. */
const longestStopMs = 60_000;

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = parseConfig(process.env);
  const log = openLog(config);
  process.on('uncaughtException', (error) => {
    // Nobody knows what state we are in: whoever watches the process starts it again.
    log.fatal({ err: error }, 'an error that nobody caught');
    process.exit(1);
  });
  const replica = await startReplica({ config, log });

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    // What was acknowledged is in the database, and what was under way is undone or repeated: nothing is lost by that.
    setTimeout(() => {
      log.error('stopping took too long; it ends now');
      process.exit(1);
    }, longestStopMs).unref();
    replica.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const link = await mintSetupLink(replica.context).catch((error: unknown) => {
    log.warn({ err: error }, 'no setup link could be made; npm run admin -- setup-token makes one');
    return undefined;
  });
  // Not through the log, which shows no token whole: this is meant for the person at the terminal.
  if (link) process.stderr.write(`\nMake the first admin within 30 minutes: ${link}\n\n`);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
