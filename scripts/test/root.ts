import { spawnSync } from 'node:child_process';

/** Goes on as root, or ends with one sentence. */
export function becomeRoot(): void {
  if (process.geteuid?.() === 0) return;
  if (spawnSync('sudo', ['--non-interactive', 'true'], { stdio: 'ignore' }).status !== 0) {
    console.error('The tests start real sandboxes, so they need root: run sudo npm test.');
    process.exit(1);
  }
  const again = ['--non-interactive', '--preserve-env', 'env', `PATH=${process.env.PATH}`, process.execPath];
  const { status } = spawnSync('sudo', [...again, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
