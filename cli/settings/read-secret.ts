import { text } from 'node:stream/consumers';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session } from '../session/session.ts';

/** Reads a secret from what is piped in, or from a person who types it unseen. Arguments could be seen by others. */
export async function readSecret({ stdin, stderr, terminal }: Session, label: string): Promise<string> {
  if (stdin.isPiped) return (await text(stdin)).replace(/^\u{feff}/u, '').replace(/\r?\n$/, '');
  if (!terminal) throw new CliError('Pipe the secret in: it is not given as an argument.', exitCodes.usage);
  stderr.write(`${label} (is not shown): `);
  const leave = terminal.enterRaw();
  try {
    return await readLine(terminal.keys());
  } finally {
    leave();
    stderr.write('\r\n');
  }
}

const keys = { enter: '\r', newline: '\n', interrupt: '\u0003', end: '\u0004', erase: '\u007f', backspace: '\b' };

async function readLine(typed: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let line: string[] = [];
  for await (const bytes of typed) {
    for (const key of decoder.decode(bytes, { stream: true })) {
      if (key === keys.enter || key === keys.newline) return line.join('');
      if (key === keys.interrupt || key === keys.end) throw new CliError('Nothing was saved.', exitCodes.usage);
      if (key === keys.erase || key === keys.backspace) line = line.slice(0, -1);
      else line.push(key);
    }
  }
  return line.join('');
}
