import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Opens a page in the user's browser, where their environment has a desktop. Answers whether it tried. */
export function openBrowser(url: string, environment: Environment): boolean {
  const name = process.platform === 'darwin' ? 'open' : 'xdg-open';
  if (process.platform !== 'darwin' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) return false;
  const program = programOf(name, environment);
  if (!/^https?:\/\//.test(url) || program === undefined) return false;
  const child = spawn(program, [url], { stdio: 'ignore', detached: true, env: environment });
  child.on('error', () => {}); // the address stands on the screen, too
  child.unref();
  return true;
}

function programOf(name: string, environment: Environment): string | undefined {
  const places = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
