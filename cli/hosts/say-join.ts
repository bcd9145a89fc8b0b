import type { JoinToken } from '#proto/muster/v1/host_pb.js';
import { sayWhen } from '../output/time.ts';
import type { Session } from '../session/session.ts';

/** Says how a machine joins with a token, which is shown this once: what is to be run in a clone goes to standard output. */
export function sayJoin({ stdout, stderr }: Session, { joinCommand, installCommand, expiresAt }: JoinToken): void {
  stderr.write(`The token works once and ends ${sayWhen(expiresAt)}.\n`);
  if (installCommand !== '')
    stderr.write(`On Debian or Ubuntu this installs the agent, and asks for the token below:\n\n${installCommand}\n\n`);
  stderr.write(`${installCommand === '' ? 'Run' : 'Or run'} this on the machine, in a clone of the repository:\n\n`);
  stdout.write(`${joinCommand}\n`);
}
