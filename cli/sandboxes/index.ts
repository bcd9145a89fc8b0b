import { Option, type Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { collectPair, collectWord, parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import { forkSandbox, takeSnapshot, type ForkOptions } from '../snapshots/index.ts';
import type { SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';
import { pauseSandbox, renewSandbox, resumeSandbox, startSandbox, stopSandbox, type RenewOptions } from './change.ts';
import { copy, type CopyOptions } from './copy/copy.ts';
import { createSandbox, type CreateOptions } from './create.ts';
import { destroySandboxes } from './destroy.ts';
import { listEvents } from './events.ts';
import { listSandboxes, type ListOptions } from './list.ts';
import { showLogs, type LogsOptions } from './logs.ts';
import { setMetadata, type MetadataOptions } from './metadata.ts';
import { showMetrics, type MetricsOptions } from './metrics.ts';
import { killProcess, listProcesses, type KillOptions, type PsOptions } from './processes.ts';
import { runCommand, type RunOptions } from './run.ts';
import { collectRule, setNetwork, type NetworkOptions } from './network.ts';
import { listPorts, showEndpoint, type EndpointOptions } from './ports.ts';
import { showQuota, type QuotaOptions } from './quota.ts';
import { attachTo, type AttachOptions } from './shell/attach.ts';
import { openShell, type ShellOptions } from './shell/shell.ts';
import { showSandbox } from './show.ts';
import { watchFiles, type WatchOptions } from './watch.ts';

/** `muster sandboxes …`. `end` takes the exit code of the command that was run. */
export function sandboxCommands(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  const sandboxes = program.command('sandboxes').description('isolated Linux environments on hosts');
  defineCreate(sandboxes, surroundings);
  defineRun(sandboxes, surroundings, end);
  definePorts(sandboxes, surroundings);
  defineObservation(sandboxes, surroundings);
  defineProcesses(sandboxes, surroundings, end);
  withCommonOptions(sandboxes.command('cp <from> <to>'))
    .description('copy files and directories into a sandbox (cp DIR ID:/PATH) or out of one (cp ID:/PATH DIR)')
    .option('--user <user>', 'whose files they are in the sandbox, by name or number (default root of the sandbox)')
    .action(
      act<CopyOptions, [string, string]>(surroundings, (session, [from, to], options) =>
        copy(session, from, to, options),
      ),
    );
  withCommonOptions(sandboxes.command('watch <id> <path>'))
    .description('print what changes in a directory of a sandbox')
    .option('--recursive', 'also in the directories below it')
    .option('--user <user>', 'as whom, by name or number (default root of the sandbox)')
    .action(
      act<WatchOptions, [string, string]>(surroundings, (session, [id, path], options) =>
        watchFiles(session, id, path, options),
      ),
    );
  withCommonOptions(sandboxes.command('list'))
    .description("the team's sandboxes, newest first")
    .option('--host <host>', 'only on this host, by name or id')
    .option('--metadata <key=value>', 'only with this metadata (repeatable)', collectPair)
    .option('--idle <time>', 'only those that nobody has used for so long, such as 30m, 12h or 7d', parseDuration)
    .option('--silent', 'only those whose scheduled or assistant work is silent')
    .option('--all', 'also those that have ended')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listSandboxes(session, options)));
  withCommonOptions(sandboxes.command('show <id>'))
    .description('one sandbox')
    .action(act<object, [string]>(surroundings, (session, [id]) => showSandbox(session, id)));
  withCommonOptions(sandboxes.command('pause <id>'))
    .description('freeze its processes in memory')
    .action(act<object, [string]>(surroundings, (session, [id]) => pauseSandbox(session, id)));
  withCommonOptions(sandboxes.command('resume <id>'))
    .description('let its processes go on')
    .action(act<object, [string]>(surroundings, (session, [id]) => resumeSandbox(session, id)));
  withCommonOptions(sandboxes.command('stop <id>'))
    .description('end its processes and keep its files')
    .action(act<object, [string]>(surroundings, (session, [id]) => stopSandbox(session, id)));
  withCommonOptions(sandboxes.command('start <id>'))
    .description('start a stopped one on its files')
    .action(act<object, [string]>(surroundings, (session, [id]) => startSandbox(session, id)));
  withCommonOptions(sandboxes.command('snapshot <id>'))
    .description('copy its files as they are now; prints the id of the snapshot')
    .option('--name <text>', 'what it is for')
    .action(
      act<SessionOptions & { name?: string }, [string]>(surroundings, (session, [id], { name }) =>
        takeSnapshot(session, id, name ?? ''),
      ),
    );
  withCommonOptions(sandboxes.command('fork <id>'))
    .description('make sandboxes that begin with its files; prints their ids')
    .option('--count <number>', 'how many (default 1)', parseNumber)
    .option('--snapshot <id>', 'with its files as this snapshot has them')
    .option('--metadata <key=value>', 'added to its metadata (repeatable)', collectPair)
    .option('--timeout <time>', 'life of each, such as 30m, 12h or 7d (default 1h)', parseDuration)
    .action(act<ForkOptions, [string]>(surroundings, (session, [id], options) => forkSandbox(session, id, options)));
  withCommonOptions(sandboxes.command('renew <id>'))
    .description('let it live longer')
    .requiredOption('--timeout <time>', 'from now on, such as 30m, 12h or 7d', parseDuration)
    .action(act<RenewOptions, [string]>(surroundings, (session, [id], options) => renewSandbox(session, id, options)));
  withCommonOptions(sandboxes.command('metadata <id>'))
    .description('its metadata, to find it by; with options, changes that')
    .option('--set <key=value>', 'a pair to set (repeatable)', collectPair)
    .option('--remove <key>', 'a key to remove (repeatable)', collectWord)
    .option('--if-revision <number>', 'only where the sandbox still has this revision', parseNumber)
    .action(
      act<MetadataOptions, [string]>(surroundings, (session, [id], options) => setMetadata(session, id, options)),
    );
  withCommonOptions(sandboxes.command('destroy <id...>'))
    .description('end sandboxes and remove their files')
    .action(act<object, [string[]]>(surroundings, (session, [ids]) => destroySandboxes(session, ids)));
  withCommonOptions(sandboxes.command('events <id>'))
    .description('what happened to a sandbox, newest first')
    .action(act<object, [string]>(surroundings, (session, [id]) => listEvents(session, id)));
}

function defineCreate(sandboxes: Command, surroundings: Surroundings): void {
  const create = withCommonOptions(sandboxes.command('create'))
    .description('create a sandbox; prints its id')
    .option('--template <name>', 'what it is made from (default base)')
    .option('--cpu <number>', 'processors (default 1)', parseNumber)
    .option('--memory <MiB>', 'memory (default 512)', parseNumber)
    .option('--disk <MiB>', 'disk (default 2048)', parseNumber)
    .option('--pids <number>', 'processes and threads (default 1024)', parseNumber)
    .option('--timeout <time>', 'its life, such as 30m, 12h or 7d (default 1h)', parseDuration)
    .option('--no-expiry', 'it never ends by itself, where the quota allows that')
    .addOption(new Option('--on-expiry <what>', 'when its time is over').choices(['destroy', 'stop', 'pause']))
    .option('--auto-renew <time>', 'use lets it live on for so long, from 5m to 24h', parseDuration)
    .option('--auto-resume', 'use resumes or starts it')
    .option('--env <key=value>', 'environment of its processes (repeatable)', collectPair)
    .option('--metadata <key=value>', 'metadata, to find it by (repeatable)', collectPair)
    .option('--host-label <key=value>', 'only on hosts with this label (repeatable)', collectPair)
    .addOption(new Option('--on-disconnect <what>', 'while its host is cut off').choices(['pause', 'keep']))
    .option('--request-id <id>', 'makes the call repeatable');
  withNetworkOptions(create).action(
    act<CreateOptions, []>(surroundings, (session, _, options) => createSandbox(session, options)),
  );
}

function withNetworkOptions(command: Command): Command {
  return command
    .addOption(new Option('--network <what>', 'what it may reach').choices(['none', 'egress']))
    .addOption(new Option('--egress-default <what>', 'for what no rule names').choices(['allow', 'deny']))
    .option('--allow <rule>', 'such as 203.0.113.0/24:443 or 0.0.0.0/0:80,443/tcp (repeatable)', collectRule)
    .option('--deny <rule>', 'the same; these come before those that allow (repeatable)', collectRule)
    .option('--resolve-names', 'with default deny: resolve names nevertheless');
}

function defineObservation(sandboxes: Command, surroundings: Surroundings): void {
  withCommonOptions(sandboxes.command('metrics <id>'))
    .description('what it uses: processors, memory, disk, processes, network')
    .addOption(
      new Option('--by <what>', 'each second of 10 minutes, or each minute of a day').choices(['second', 'minute']),
    )
    .option('--follow', 'go on until Ctrl-C')
    .action(act<MetricsOptions, [string]>(surroundings, (session, [id], options) => showMetrics(session, id, options)));
  withCommonOptions(sandboxes.command('logs <id> [process]'))
    .description('what it and its processes wrote last; of one process, that alone (attach follows it)')
    .option('--tail <KiB>', 'of each, up to 1024 (default 16)', parseNumber)
    .action(
      act<LogsOptions, [string, string | undefined]>(surroundings, (session, [id, process], options) =>
        showLogs(session, id, process, options),
      ),
    );
  withCommonOptions(sandboxes.command('quota'))
    .description('what the team uses of its quota, and what is left')
    .option('--team <id>', 'of this team (default the active one)')
    .action(act<QuotaOptions, []>(surroundings, (session, _, options) => showQuota(session, options)));
}

function definePorts(sandboxes: Command, surroundings: Surroundings): void {
  withCommonOptions(sandboxes.command('ports <id>'))
    .description('ports that something listens on in it')
    .action(act<object, [string]>(surroundings, (session, [id]) => listPorts(session, id)));
  withCommonOptions(sandboxes.command('endpoint <id> <port>'))
    .description('where a port of it is reached; prints the address')
    .option('--sign', 'a link that opens it for whoever has the link')
    .option('--timeout <time>', 'how long the link works, from 10s to 7d (default 1h)', parseDuration)
    .action(
      act<EndpointOptions, [string, string]>(surroundings, (session, [id, port], options) =>
        showEndpoint(session, id, parseNumber(port), options),
      ),
    );
  withNetworkOptions(withCommonOptions(sandboxes.command('network <id>')))
    .description('what it may reach; with options, sets that')
    .action(act<NetworkOptions, [string]>(surroundings, (session, [id], options) => setNetwork(session, id, options)));
}

function defineProcesses(sandboxes: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  withCommonOptions(sandboxes.command('shell <id> [command...]'))
    .description("a shell on a terminal in the sandbox; ends with the shell's own exit code")
    .usage('[options] <id> [-- command...]')
    .option('--env <key=value>', 'added to its environment (repeatable)', collectPair)
    .option('--cwd <path>', 'working directory')
    .option('--user <user>', 'by name or number (default root of the sandbox)')
    .action(
      act<ShellOptions, [string, string[]]>(surroundings, async (session, [id, argv], options) =>
        end(await openShell(session, id, argv, options)),
      ),
    );
  withCommonOptions(sandboxes.command('attach <id> <process>'))
    .description('go on with a process: on this terminal where it has one, else with its output')
    .option('--offset <bytes>', 'where its output begins (default: the oldest that is kept)', parseNumber)
    .action(
      act<AttachOptions, [string, string]>(surroundings, async (session, [id, process], options) =>
        end(await attachTo(session, id, process, options)),
      ),
    );
  withCommonOptions(sandboxes.command('ps <id>'))
    .description('what was started from outside and runs in a sandbox')
    .option('--all', 'also what ended within the last hour')
    .action(act<PsOptions, [string]>(surroundings, (session, [id], options) => listProcesses(session, id, options)));
  withCommonOptions(sandboxes.command('kill <id> <process...>'))
    .description('send a signal to processes; KILL ends them with all that they started')
    .option('--signal <name>', 'such as TERM, INT, HUP or KILL', 'TERM')
    .action(
      act<KillOptions, [string, string[]]>(surroundings, (session, [id, processes], options) =>
        killProcess(session, id, processes, options),
      ),
    );
}

function defineRun(sandboxes: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  withCommonOptions(sandboxes.command('run <id> <command...>'))
    .description("run a command; ends with the command's own exit code, or with 125 where it could not be run")
    .usage('[options] <id> -- <command...>')
    .option('--env <key=value>', 'added to its environment (repeatable)', collectPair)
    .option('--cwd <path>', 'working directory')
    .option('--user <user>', 'by name or number (default root of the sandbox)')
    .option('--timeout <time>', 'it is killed then', parseDuration)
    .option('--no-stdin', 'do not read standard input')
    .option('--detach', 'only start it: it goes on by itself; prints its id for attach, ps and kill')
    .option('--name <name>', 'with --detach, to find it by')
    .action(
      act<RunOptions, [string, string[]]>(surroundings, async (session, [id, argv], options) =>
        end(await runCommand(session, id, argv, options)),
      ),
    );
}
