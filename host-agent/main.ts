import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { runAgent } from './agent.ts';
import { ConfigFile, ownDirectory, readOwnBuild, type OwnBuild } from './components/index.ts';
import { parseConfig, readEnvironment, type Config } from './config.ts';
import type { Context } from './context.ts';
import { exitCodeOfDeletion, leaveInstallation, pauseOnExit } from './ending.ts';
import { enrol, openEnrolment, type Enrolment, type JoinOptions } from './enrolment/enrol.ts';
import { askToLeave } from './enrolment/leave.ts';
import { createLog } from './log.ts';
import { cgroupNameFor } from './machine/cgroup-name.ts';
import { openDataDir } from './machine/data-dir.ts';
import { claimIdRange } from './machine/id-range.ts';
import { describeHost, readMachine, type Machine } from './machine/specs.ts';
import { MachineAccess } from './machine-access/index.ts';
import { openSandboxes } from './sandboxes/index.ts';
import { StartupError } from './startup-error.ts';

interface AgentCommand {
  readonly dataDir?: string;
  readonly join?: JoinOptions & { readonly run: boolean };
  /** Leave the installation. */
  readonly leave?: { readonly force: boolean };
}

const starting = {
  runtime: '',
  runtimeProblem: 'The agent is starting.',
  templates: [],
  layers: [],
  templateDigests: [],
  egressProblem: 'The agent is starting.',
};

/** Runs one command from beginning to end. Throws a StartupError for the person at the terminal. */
async function main(command: AgentCommand, signal: AbortSignal): Promise<void> {
  const environment = readEnvironment(process.env, process.cwd());
  const config = parseConfig(
    command.dataDir === undefined ? environment : { ...environment, MUSTER_AGENT_DATA_DIR: command.dataDir },
  );
  const context = { log: createLog(config.logLevel, process.stdout), signal };
  const ownBuild = await readOwnBuild(ownDirectory, signal);
  const dataDir = await openDataDir(config.dataDir);
  try {
    const configFile = new ConfigFile(config.configFile);
    const machine = await readMachine(dataDir.path);
    const enrolment = command.join
      ? await enrol(context, dataDir.path, command.join, describeHost(machine, ownBuild, starting))
      : await openEnrolment(dataDir.path);
    if (command.leave) await leave(context, config, dataDir.path, enrolment, configFile, command.leave.force);
    else if (command.join?.run !== false)
      await serve(context, config, dataDir.path, enrolment, { machine, ownBuild, configFile });
    enrolment.enrolled.door.close();
  } finally {
    await dataDir.close();
  }
}

interface Facts {
  readonly machine: Machine;
  readonly ownBuild: OwnBuild;
  readonly configFile: ConfigFile;
}

async function serve(
  context: Context,
  config: Config,
  dataDir: string,
  { enrolled, grant }: Enrolment,
  facts: Facts,
): Promise<void> {
  const { log } = context;
  const sandboxes = await sandboxesOf(context, config, dataDir);
  try {
    const { host } = enrolled.store.held;
    log.info(
      {
        host: host.name,
        id: host.id,
        server: enrolled.door.server,
        sandboxes: sandboxes.inventory().sandboxes.length,
        ...sandboxes.capabilities(),
      },
      'The agent runs.',
    );
    const ending = await runAgent(context, {
      enrolled,
      grant,
      sandboxes,
      dataDir,
      pauseAfterMs: config.pauseAfterMs,
      ...facts,
    });
    if (ending === 'host deleted') {
      await leaveInstallation(context, enrolled.store, sandboxes, accessOf(dataDir, enrolled, facts.configFile));
      process.exitCode = exitCodeOfDeletion;
    } else if (config.pauseOnExit) await pauseOnExit(context, sandboxes);
  } finally {
    await sandboxes.close();
  }
  log.info('The agent has stopped.');
}

/** Has the installation delete this host, then removes what it had here. */
async function leave(
  context: Context,
  config: Config,
  dataDir: string,
  { enrolled }: Enrolment,
  configFile: ConfigFile,
  force: boolean,
): Promise<void> {
  await askToLeave(context, enrolled, force);
  const sandboxes = await sandboxesOf(context, config, dataDir);
  try {
    await leaveInstallation(context, enrolled.store, sandboxes, accessOf(dataDir, enrolled, configFile));
  } finally {
    await sandboxes.close();
  }
}

const accessOf = (dataDir: string, { store }: Enrolment['enrolled'], configFile: ConfigFile) =>
  new MachineAccess({ dataDir, hostId: store.held.host.id, configFile });

const sandboxesOf = async ({ log }: Context, config: Config, dataDir: string) =>
  openSandboxes({
    dataDir,
    cacheDir: config.cacheDir,
    runtime: config.runtime,
    cgroupParent: config.cgroupParent ?? cgroupNameFor(dataDir),
    network: config.network,
    nameservers: config.nameservers,
    templateMib: config.templateMib,
    ids: { first: config.uidBase ?? (await claimIdRange(config.machineDir, dataDir)), sandboxes: config.maxSandboxes },
    log,
  });

/** The options of `join` as the parser hands them over. */
type JoinArguments = Omit<JoinOptions, 'token'> & {
  readonly dataDir?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly run: boolean;
};

/** What stands in arguments can be read by everybody on the machine; this cannot. */
function readTokenFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (error) {
    throw new StartupError(`The join token cannot be read from ${file}: give it in a file that exists.`, {
      cause: error,
    });
  }
}

/** Reads the command line; what is wrong with it is said by the parser, with exit code 1. */
function parseCommand(argv: readonly string[]): AgentCommand {
  let parsed: AgentCommand = {};
  const program = new Command('muster-agent')
    .description('Serves this machine to a Muster installation.')
    .showHelpAfterError('(see --help)');
  program
    .command('join')
    .description('join an installation with a one-time token, then run')
    .requiredOption('--server <url>', "the control plane's address")
    .requiredOption('--fingerprint <SHA256:…>', "of the installation's key")
    .option('--token <token>', 'the one-time token (mst_join_…)')
    .option('--token-file <file>', 'a file that holds it, in place of --token; - is standard input')
    .option('--data-dir <directory>', 'where credentials and sandboxes are kept')
    .option('--rejoin', 'use the token although this machine has joined before', false)
    .option('--run', 'go on running after the join (the default)', true)
    .option('--no-run', 'only join')
    .action(({ dataDir, token, tokenFile, ...join }: JoinArguments, command: Command) => {
      if ((token === undefined) === (tokenFile === undefined)) command.error('Give either --token or --token-file.');
      parsed = { dataDir, join: { ...join, token: token ?? readTokenFile(tokenFile ?? '-') } };
    });
  program
    .command('run', { isDefault: true })
    .description('serve the installation that this machine has joined')
    .option('--data-dir <directory>', 'where credentials and sandboxes are kept')
    .action(({ dataDir }: { dataDir?: string }) => void (parsed = { dataDir }));
  program
    .command('leave')
    .description('leave the installation: the host is deleted there, and what it had here is removed')
    .option('--force', 'also destroy the sandboxes on it', false)
    .option('--data-dir <directory>', 'where credentials and sandboxes are kept')
    .action(
      ({ dataDir, force }: { dataDir?: string; force: boolean }) => void (parsed = { dataDir, leave: { force } }),
    );
  program.parse(argv);
  return parsed;
}

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  // The second one is meant.
  process.on(name, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
}

try {
  await main(parseCommand(process.argv), stop.signal);
} catch (error) {
  if (!stop.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(
      error instanceof StartupError
        ? `${error.message}\n`
        : `The agent failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}
