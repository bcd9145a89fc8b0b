import type { Command } from 'commander';
import { openSession, type Session, type SessionOptions } from './session/session.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds what every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the control plane, instead of MUSTER_SERVER')
    .option('--json', 'print JSON, as the API answers it');
}

/**
 * Makes a command's work out of a function of session, arguments and options. The session holds clients that present the
 * caller's token.
 */
export function act<Options extends SessionOptions, Args extends readonly unknown[]>(
  surroundings: Surroundings,
  work: (session: Session, args: Args, options: Options) => Promise<void>,
): (...commanderArgs: unknown[]) => Promise<void> {
  return async (...commanderArgs) => {
    // Commander hands over the arguments, then the options, then the command.
    const args = commanderArgs.slice(0, -2) as unknown as Args;
    const options = commanderArgs.at(-2) as Options;
    await work(await openSession(surroundings, options), args, options);
  };
}
