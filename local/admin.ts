// npm run admin -- COMMAND …: the control plane's own commands, on the database that npm start uses here.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runningUrl } from './postgres/index.ts';
import { StartProblem } from './problem.ts';
import { root } from './root.ts';
import { readSettings } from './settings.ts';

try {
  const settings = readSettings(root, process.env);
  const databaseUrl = settings.databaseUrl ?? runningUrl(join(settings.dataDir, 'postgres'), 'muster');
  if (databaseUrl === undefined) {
    throw new StartProblem(
      `No PostgreSQL runs in ${settings.dataDir}. Run npm start in another terminal first, or set DATABASE_URL.`,
    );
  }
  const program = join(root, 'control-plane', 'admin', 'main.ts');
  const env = { ...settings.environment, DATABASE_URL: databaseUrl };
  const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
