import { create } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import {
  AbortRolloutResponseSchema,
  GetRolloutResponseSchema,
  ListRolloutsResponseSchema,
  PauseRolloutResponseSchema,
  ResumeRolloutResponseSchema,
} from '#proto/muster/v1/rollout_pb.js';
import { act, withCommonOptions } from '../command.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { collectPair, parseNumber } from '../output/pairs.ts';
import { printTable } from '../output/table.ts';
import { parseDuration } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';
import { createRollout, type CreateOptions } from './create.ts';
import { watchRollout } from './watch.ts';
import { printRollout, rolloutColumns } from './words.ts';

const collect = (text: string, before: readonly string[]): string[] => [...before, text];

/** `muster rollouts …`. */
export function rolloutCommands(program: Command, surroundings: Surroundings): void {
  const rollouts = program.command('rollouts').description('bring hosts to a commit, batch by batch');
  withCommonOptions(rollouts.command('create <component...>'))
    .description("update components to main's head or a commit; each host runs the command of its own config")
    .requiredOption('--repository <name>', 'what they are built from')
    .option('--sha <commit>', "the whole id of the commit; the branch's head by default")
    .option('--host <name>', 'this host; can be repeated', collect, [])
    .option('--label <key=value>', 'hosts with this label; can be repeated', collectPair)
    .option('--all', 'all hosts that report such a component')
    .option('--canary <count>', 'so many hosts go first', parseNumber)
    .option('--batch <count>', 'so many hosts at a time', parseNumber)
    .option('--soak <time>', 'each batch has to hold for so long', parseDuration)
    .option('--max-failures <count>', 'stop when more have failed (default: at the first)', parseNumber)
    .option('--skip-offline', 'leave out hosts that are not connected, instead of catching up when they return')
    .option('--catch-up-for <time>', 'wait for them for so long (default 1d)', parseDuration)
    .option('--verify-within <time>', 'how long the process may take to report the target (default 2m)', parseDuration)
    .option('--return-on-failure', 'return a failed host to the commit before')
    .option('--supersede', 'take over what waits in other rollouts')
    .option('--include-pinned', 'also what is pinned at another commit; it is left out otherwise')
    .option('--reason <text>', 'why')
    .option('--request-id <id>', 'the same id again answers the same rollout')
    .option('--dry-run', 'only show what would be done')
    .option('--watch', 'follow it to its end; exit code 1 unless it succeeds, 9 where it does but not everywhere')
    .action(
      act<CreateOptions, [string[]]>(surroundings, (session, [components], options) =>
        createRollout(session, components, options),
      ),
    );
  withCommonOptions(rollouts.command('list'))
    .description('rollouts, newest first')
    .option('--repository <name>', 'only of this repository')
    .action(
      act<SessionOptions & { repository?: string }, []>(surroundings, (session, _, { repository = '' }) =>
        listRollouts(session, repository),
      ),
    );
  withCommonOptions(rollouts.command('show <id>'))
    .description('one rollout with all of its hosts')
    .action(act<object, [string]>(surroundings, (session, [id]) => showRollout(session, id)));
  withCommonOptions(rollouts.command('watch <id>'))
    .description(
      'follow a rollout and what its commands write; exit code 1 unless it succeeds, 9 where it does but not everywhere',
    )
    .action(act<object, [string]>(surroundings, (session, [id]) => watchRollout(session, id)));
  withCommonOptions(rollouts.command('pause <id>'))
    .description('begin no further host')
    .action(act<object, [string]>(surroundings, (session, [id]) => change(session, id, 'pauseRollout')));
  withCommonOptions(rollouts.command('resume <id>'))
    .description('go on with a paused rollout')
    .action(act<object, [string]>(surroundings, (session, [id]) => change(session, id, 'resumeRollout')));
  withCommonOptions(rollouts.command('abort <id>'))
    .description('end a rollout and the commands that run')
    .action(act<object, [string]>(surroundings, (session, [id]) => change(session, id, 'abortRollout')));
}

async function listRollouts(session: Session, repository: string): Promise<void> {
  const rollouts = await allPages(async (pageToken) => {
    const answer = await session.rollouts.listRollouts({ repository, pageSize: 1000, pageToken });
    return { items: answer.rollouts, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(session.stdout, ListRolloutsResponseSchema, create(ListRolloutsResponseSchema, { rollouts }));
  printTable(session.stdout, rollouts, rolloutColumns, 'There are no rollouts. Start one with muster rollouts create.');
}

async function showRollout(session: Session, rolloutId: string): Promise<void> {
  const answer = await session.rollouts.getRollout({ rolloutId });
  if (session.json || !answer.rollout) return printJson(session.stdout, GetRolloutResponseSchema, answer);
  printRollout(session.stdout, answer.rollout);
}

const answers = {
  pauseRollout: PauseRolloutResponseSchema,
  resumeRollout: ResumeRolloutResponseSchema,
  abortRollout: AbortRolloutResponseSchema,
} as const;

async function change(session: Session, rolloutId: string, method: keyof typeof answers): Promise<void> {
  const answer = await session.rollouts[method]({ rolloutId });
  if (session.json || !answer.rollout) return printJson(session.stdout, answers[method], answer);
  session.stdout.write(`${rolloutId}: ${answer.rollout.sentence}\n`);
}
