import { create } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import {
  CreateSnapshotResponseSchema,
  DeleteSnapshotResponseSchema,
  ForkSandboxResponseSchema,
  GetSnapshotResponseSchema,
  ListSnapshotsResponseSchema,
  SnapshotState,
  type Snapshot,
} from '#proto/muster/v1/snapshot_pb.js';
import { act, withCommonOptions } from '../command.ts';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { sayMib } from '../output/size.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';

const mib = 1024 * 1024;
const sayBytes = (bytes: bigint): string => sayMib(Math.ceil(Number(bytes) / mib));

const columns: readonly Column<Snapshot>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'STATE', cell: ({ state }) => enumWord(SnapshotState, state) },
  { heading: 'SANDBOX', cell: ({ sandboxId }) => sandboxId },
  { heading: 'SIZE', cell: ({ sizeBytes }) => sayBytes(sizeBytes), right: true },
  { heading: 'CREATED', cell: ({ createdAt }) => sayWhen(createdAt) },
];

/** `muster snapshots …`. */
export function snapshotCommands(program: Command, surroundings: Surroundings): void {
  const snapshots = program.command('snapshots').description('files of sandboxes as they were at one moment');
  withCommonOptions(snapshots.command('list'))
    .description("the team's snapshots, newest first")
    .option('--sandbox <id>', 'only of this sandbox')
    .action(
      act<SessionOptions & { sandbox?: string }, []>(surroundings, (session, _, { sandbox }) =>
        listSnapshots(session, sandbox ?? ''),
      ),
    );
  withCommonOptions(snapshots.command('show <id>'))
    .description('one snapshot')
    .action(act<object, [string]>(surroundings, (session, [id]) => showSnapshot(session, id)));
  withCommonOptions(snapshots.command('delete <id...>'))
    .description('delete snapshots everywhere; sandboxes made from them go on')
    .action(act<object, [string[]]>(surroundings, (session, [ids]) => deleteSnapshots(session, ids)));
}

async function listSnapshots(session: Session, sandboxId: string): Promise<void> {
  const snapshots = await allPages(async (pageToken) => {
    const answer = await session.snapshots.listSnapshots({ sandboxId, pageSize: 1000, pageToken });
    return { items: answer.snapshots, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(session.stdout, ListSnapshotsResponseSchema, create(ListSnapshotsResponseSchema, { snapshots }));
  printTable(session.stdout, snapshots, columns, 'There are no snapshots. Take one with muster sandboxes snapshot.');
}

async function showSnapshot(session: Session, snapshotId: string): Promise<void> {
  const answer = await session.snapshots.getSnapshot({ snapshotId });
  if (session.json || !answer.snapshot) return printJson(session.stdout, GetSnapshotResponseSchema, answer);
  const { id, name, state, reason, sandboxId, template, digest, sizeBytes, createdAt, createdBy, stored, hostIds } =
    answer.snapshot;
  printFacts(session.stdout, [
    ['Id', id],
    ['Name', name],
    ['State', enumWord(SnapshotState, state)],
    ['Why', reason],
    ['Sandbox', sandboxId],
    ['Template', template],
    ['Digest', digest],
    ['Size', sayBytes(sizeBytes)],
    ['Created', `${sayTime(createdAt)} by ${createdBy}`],
    ['Stored', stored ? 'yes' : 'not yet: only hosts that have it can use it'],
    ['Hosts', hostIds.join(', ')],
  ]);
}

async function deleteSnapshots(session: Session, ids: readonly string[]): Promise<void> {
  for (const snapshotId of ids) {
    const answer = await session.snapshots.deleteSnapshot({ snapshotId });
    if (session.json) printJson(session.stdout, DeleteSnapshotResponseSchema, answer);
    else session.stdout.write(`${snapshotId}: deleted\n`);
  }
}

/** `muster sandboxes snapshot`: prints the snapshot's id. */
export async function takeSnapshot(session: Session, sandboxId: string, name: string): Promise<void> {
  const answer = await session.snapshots.createSnapshot({ sandboxId, name });
  if (session.json || !answer.snapshot) return printJson(session.stdout, CreateSnapshotResponseSchema, answer);
  const { id, state, reason, sizeBytes } = answer.snapshot;
  if (state === SnapshotState.FAILED) throw new CliError(`${id} failed: ${reason}`, exitCodes.failure);
  session.stdout.write(`${id}\n`);
  session.stderr.write(`${sayBytes(sizeBytes)}. Try: muster sandboxes create --template ${id}\n`);
}

/** Options of `muster sandboxes fork`. */
export interface ForkOptions extends SessionOptions {
  readonly count?: number;
  readonly snapshot?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeout?: { readonly seconds: bigint };
}

/** `muster sandboxes fork`: prints the ids of the new sandboxes, a line each. */
export async function forkSandbox(session: Session, sandboxId: string, options: ForkOptions): Promise<void> {
  const { count, snapshot, metadata = {}, timeout } = options;
  const answer = await session.snapshots.forkSandbox({ sandboxId, count, snapshotId: snapshot, metadata, timeout });
  if (session.json) return printJson(session.stdout, ForkSandboxResponseSchema, answer);
  for (const { id } of answer.sandboxes) session.stdout.write(`${id}\n`);
  if (answer.problems.length > 0)
    throw new CliError(`Not all could be made: ${answer.problems.join(' ')}`, exitCodes.failure);
}
