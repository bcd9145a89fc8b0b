import { Command } from 'commander';
import { alertCommands } from './alerts/index.ts';
import { auditCommands } from './audit/index.ts';
import { buildInfoCommand } from './build-info/index.ts';
import { exitCodes } from './failure/exit-codes.ts';
import { fleetCommands } from './fleet/commands.ts';
import { gatewayCommands } from './gateway/index.ts';
import { hostCommands } from './hosts/index.ts';
import { identityCommands } from './identity/index.ts';
import { keyCommands } from './keys/index.ts';
import { loginCommands } from './login/index.ts';
import { machineAccessCommands } from './machine-access/index.ts';
import { repositoryCommands } from './repositories/index.ts';
import { rolloutCommands } from './rollouts/index.ts';
import { sandboxCommands } from './sandboxes/index.ts';
import { simulateCommand } from './simulate/index.ts';
import { settingCommands } from './settings/index.ts';
import { snapshotCommands } from './snapshots/index.ts';
import { templateCommands } from './templates/index.ts';
import { testerCommands } from './testers/index.ts';
import { testerKeyCommands } from './tester-keys/index.ts';
import type { Surroundings } from './surroundings.ts';

const after = `
Examples:
  muster login                             sign in through the browser
  muster sandboxes create                  create a sandbox
  muster sandboxes run ID -- ls -la        run a command in it
  muster fleet --watch                     which machine runs which commit
  muster fleet wait --repository web       wait until every machine runs main

Environment:
  MUSTER_SERVER   the control plane (default http://127.0.0.1:7080)
  MUSTER_TOKEN    a user token, an API key or a machine identity's secret, instead of signing in

Exit codes:
${Object.entries(exitCodes)
  .map(
    ([name, code]) =>
      `  ${String(code).padStart(3)}  ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
  )
  .join('\n')}
`;

/** The command line, with every command. `end` takes the exit code of a command that decides about it. */
export function createProgram(surroundings: Surroundings, end: (exitCode: number) => void): Command {
  const program = new Command('muster')
    .description('The control plane for sandboxes on machines that you own.')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      outputError: (text, print) => print(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .showSuggestionAfterError()
    .addHelpText('after', after);
  loginCommands(program, surroundings);
  hostCommands(program, surroundings);
  sandboxCommands(program, surroundings, end);
  snapshotCommands(program, surroundings);
  templateCommands(program, surroundings);
  repositoryCommands(program, surroundings);
  buildInfoCommand(program, surroundings);
  fleetCommands(program, surroundings, end);
  rolloutCommands(program, surroundings);
  alertCommands(program, surroundings);
  machineAccessCommands(program, surroundings);
  keyCommands(program, surroundings);
  identityCommands(program, surroundings);
  settingCommands(program, surroundings, end);
  testerCommands(program, surroundings, end);
  testerKeyCommands(program, surroundings);
  gatewayCommands(program, surroundings);
  auditCommands(program, surroundings, end);
  simulateCommand(program, surroundings, end);
  return program;
}
