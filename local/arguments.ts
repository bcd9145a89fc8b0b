import { parseArgs } from 'node:util';
import { StartProblem } from './problem.ts';

export const usage = `npm start [-- OPTIONS]: brings up Muster on this machine: PostgreSQL, control plane, console and one host.

  --reset   first clears everything that was kept here: database, sandboxes, credentials
  --yes     does not ask before that
  --help    this text

Settings stand in the environment or in .env; .env.example lists them.
`;

/** Reads the command line of `npm start`. */
export function readArguments(args: readonly string[]): { reset: boolean; yes: boolean; help: boolean } {
  const options = { reset: { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { reset: values.reset ?? false, yes: values.yes ?? false, help: values.help ?? false };
  } catch (cause) {
    throw new StartProblem(`npm start does not know ${args.join(' ')}. npm start -- --help shows what it knows.`, {
      cause,
    });
  }
}
