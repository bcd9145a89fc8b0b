import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { simulate, type SimulateOptions } from './simulate.ts';

const collect = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];

/** `muster simulate`. */
export function simulateCommand(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  withCommonOptions(program.command('simulate'))
    .description('hosts that exist in memory only, for trying things out')
    .option('--hosts <number>', 'how many', parseNumber, 10)
    .option('--sandboxes <number>', 'how many run on them at any time', parseNumber, 0)
    .option('--fault <name>', 'what goes wrong, by turns (repeatable); all: everything', collect)
    .option('--list-faults', 'says what can go wrong, and does nothing else')
    .option('--fault-every <time>', 'how often something goes wrong (default 5s)', parseDuration)
    .option('--seed <number>', 'the same seed chooses the same faults', parseNumber, 1)
    .option('--prefix <name>', 'what their names begin with', 'simulated')
    .option('--heartbeat <time>', 'how often they report, instead of what the control plane says', parseDuration)
    .option('--for <time>', 'ends by itself after so long', parseDuration)
    .option('--keep', 'leaves the hosts and sandboxes registered at the end')
    .action(
      act<SimulateOptions, []>(surroundings, async (session, _args, options) => end(await simulate(session, options))),
    );
}
