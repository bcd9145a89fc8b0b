import { LogStream, type Log } from '#proto/muster/v1/log_pb.js';
import { noOutput, plainText, withOutput, type Output } from '../runs/output.ts';

/** The key under which the sandbox's own log stands in the address. */
export const ownKey = 'own';

export const logKey = ({ processId }: Log): string => processId || ownKey;

/** What a log is called. */
export function logName({ processId, name, argv }: Log): string {
  if (processId === '') return 'The sandbox itself';
  return name || argv.join(' ') || processId;
}

/** A log as output; text that is cut in the middle of a character goes on in the next part of the same stream. */
export function logOutput({ parts, omittedBytes }: Log): Output {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const output = parts.reduce((before, { stream, data }) => {
    const from = stream === LogStream.STDERR ? 'stderr' : 'stdout';
    return withOutput(before, from, plainText(decoders[from].decode(data, { stream: true })));
  }, noOutput);
  return omittedBytes > 0n ? { ...output, cut: true } : output;
}

/** A log as one text, to copy or keep. */
export const logText = (log: Log): string =>
  logOutput(log)
    .segments.map(({ text }) => text)
    .join('');
