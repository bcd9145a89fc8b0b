import {
  ChannelKind,
  DeleteChannelResponseSchema,
  DeliveryState,
  ListChannelsResponseSchema,
  TestChannelResponseSchema,
  type Channel,
} from '#proto/muster/v1/alert_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';

const columns: readonly Column<Channel>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'KIND', cell: ({ kind }) => enumWord(ChannelKind, kind) },
  { heading: 'LEADS TO', cell: ({ target }) => target },
  { heading: 'DELIVERED', cell: ({ deliveredAt }) => sayWhen(deliveredAt) },
  { heading: 'WAITING', cell: ({ waiting }) => String(waiting), right: true },
  { heading: 'GIVEN UP', cell: ({ dead }) => String(dead), right: true },
  { heading: 'PROBLEM', cell: ({ lastError }) => lastError },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints all channels. */
export async function listChannels(session: Session): Promise<void> {
  const answer = await session.alerts.listChannels({});
  if (session.json) return printJson(session.stdout, ListChannelsResponseSchema, answer);
  printTable(
    session.stdout,
    answer.channels,
    columns,
    'There are no channels: nobody is told. Make one with muster alerts add-channel.',
  );
}

/** A channel by its name or id. */
export async function findChannel(session: Session, nameOrId: string): Promise<Channel> {
  const { channels } = await session.alerts.listChannels({});
  const found = channels.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found) return found;
  throw new CliError(`There is no channel named ${nameOrId}. See muster alerts channels.`, exitCodes.notFound);
}

export async function removeChannel(session: Session, nameOrId: string): Promise<void> {
  const { id, name } = await findChannel(session, nameOrId);
  const answer = await session.alerts.deleteChannel({ channelId: id });
  if (session.json) return printJson(session.stdout, DeleteChannelResponseSchema, answer);
  session.stdout.write(`${name} is removed.\n`);
}

/** Sends a test; fails where it is not taken. */
export async function testChannel(session: Session, nameOrId: string): Promise<void> {
  const { id, name } = await findChannel(session, nameOrId);
  const answer = await session.alerts.testChannel({ channelId: id });
  if (session.json) printJson(session.stdout, TestChannelResponseSchema, answer);
  const failed = answer.deliveries.filter(({ state }) => state !== DeliveryState.DELIVERED);
  const [first] = failed;
  if (first)
    throw new CliError(
      `${[name, first.recipient].filter(Boolean).join(', ')}: ${first.lastError || 'It was not taken.'}`,
      exitCodes.failure,
    );
  if (!session.json) session.stdout.write(`${name} took the test message.\n`);
}
