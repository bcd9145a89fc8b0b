// npm run admin -- COMMAND …: the control plane's own commands, on the database that npm start uses here.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { openDataDir } from './data-dir/open.ts';
import { PostgresError, runningUrl, startPostgres } from './postgres/index.ts';
import { StartProblem } from './problem.ts';
import { root } from './root.ts';
import { readSettings, type Settings } from './settings.ts';

/** The command's database: the configured one, the one of a running npm start, or the embedded one for so long. */
async function provideDatabase(settings: Settings): Promise<{ url: string; end: () => Promise<void> }> {
  const directory = join(settings.dataDir, 'postgres');
  const running = settings.databaseUrl ?? runningUrl(directory, 'muster');
  if (running !== undefined) return { url: running, end: async () => {} };
  if (!existsSync(directory))
    throw new StartProblem(`There is no Muster in ${settings.dataDir}. Run npm start first, or set DATABASE_URL.`);
  const dataDir = await openDataDir(settings.dataDir);
  try {
    const server = await startPostgres({ directory, durable: true });
    const end = async () => {
      await server.stop();
      await dataDir.close();
    };
    return { url: server.url('muster'), end };
  } catch (error) {
    await dataDir.close();
    throw error instanceof PostgresError ? new StartProblem(error.message, { cause: error }) : error;
  }
}

try {
  const settings = readSettings(root, process.env);
  const database = await provideDatabase(settings);
  const program = join(root, 'control-plane', 'admin', 'main.ts');
  const env = { ...settings.environment, DATABASE_URL: database.url };
  const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  await database.end();
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
