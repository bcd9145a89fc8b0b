import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Opens a page in the user's browser, where this machine has a desktop. Answers whether it tried. */
export function openBrowser(url: string): boolean {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  if (process.platform !== 'darwin' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return false;
  if (!/^https?:\/\//.test(url) || !isInstalled(program)) return false;
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {}); // the address stands on the screen, too
  child.unref();
  return true;
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
