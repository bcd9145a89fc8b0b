import { spawnSync } from 'node:child_process';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Terminal } from './surroundings.ts';

/** The terminal that the command line was started in. */
export function terminalOf(input: ReadStream, output: WriteStream): Terminal {
  return {
    size: () => ({ cols: output.columns || 80, rows: output.rows || 24 }),
    onResize(listener) {
      output.on('resize', listener);
      return () => output.off('resize', listener);
    },
    enterRaw() {
      input.setRawMode(true);
      // Node leaves it to the terminal to turn each line feed into two characters, which spoils whole screens.
      spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
      return () => {
        input.setRawMode(false);
        input.pause();
      };
    },
    keys: () => input,
  };
}
