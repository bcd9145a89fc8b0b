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
      return () => {
        input.setRawMode(false);
        input.pause();
      };
    },
    keys: () => input,
  };
}
