import { create } from '@bufbuild/protobuf';
import {
  ListSandboxEventsResponseSchema,
  ObservedState,
  WantedState,
  type SandboxEvent,
} from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayTime } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';

const columns: readonly Column<SandboxEvent>[] = [
  { heading: 'TIME', cell: ({ at }) => sayTime(at) },
  { heading: 'WANTED', cell: ({ wanted }) => enumWord(WantedState, wanted) },
  { heading: 'OBSERVED', cell: ({ observed }) => enumWord(ObservedState, observed) },
  { heading: 'WHY', cell: ({ reason }) => reason },
];

/** Prints what happened to a sandbox. */
export async function listEvents(session: Session, sandboxId: string): Promise<void> {
  const events = await allPages(async (pageToken) => {
    const answer = await session.sandboxes.listSandboxEvents({ sandboxId, pageSize: 1000, pageToken });
    return { items: answer.events, nextPageToken: answer.nextPageToken };
  });
  if (session.json) {
    return printJson(
      session.stdout,
      ListSandboxEventsResponseSchema,
      create(ListSandboxEventsResponseSchema, { events }),
    );
  }
  printTable(session.stdout, events, columns, 'Nothing has happened to it yet.');
}
