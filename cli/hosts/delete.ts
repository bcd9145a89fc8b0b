import { create } from '@bufbuild/protobuf';
import {
  DeleteHostResponseSchema,
  PreviewDeleteHostResponseSchema,
  type AffectedSandbox,
  type PreviewDeleteHostResponse,
} from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { sayCount } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';

/** Options of `muster hosts delete`. */
export interface DeleteOptions extends SessionOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Deletes a host, or says what that would end. */
export async function deleteHost(session: Session, nameOrId: string, options: DeleteOptions): Promise<void> {
  const hostId = await hostIdOf(session, nameOrId);
  if (options.dryRun) return preview(session, nameOrId, hostId);
  const answer = await session.hosts.deleteHost({ hostId, force: options.force ?? false });
  if (session.json) return printJson(session.stdout, DeleteHostResponseSchema, answer);
  const { destroyedSandboxes } = answer;
  const sandboxes = destroyedSandboxes > 0 ? `, and ${sayCount(destroyedSandboxes, 'sandbox')} with it` : '';
  session.stdout.write(`${nameOrId} is deleted${sandboxes}.\n`);
}

const columns: readonly Column<AffectedSandbox>[] = [
  { heading: 'SANDBOX', cell: ({ sandboxId }) => sandboxId },
  { heading: 'STATE', cell: ({ state }) => state.toLowerCase() },
  { heading: 'TEAM', cell: ({ teamName }) => teamName },
  { heading: 'TEMPLATE', cell: ({ template }) => template },
  { heading: 'CREATED', cell: ({ createdAt }) => sayWhen(createdAt) },
];

async function preview(session: Session, name: string, hostId: string): Promise<void> {
  let first: PreviewDeleteHostResponse | undefined;
  const sandboxes = await allPages(async (pageToken) => {
    const page = await session.hosts.previewDeleteHost({ hostId, pageSize: 1000, pageToken });
    first ??= page;
    return { items: page.sandboxes, nextPageToken: page.nextPageToken };
  });
  const { totalSandboxes = 0, snapshots = [] } = first ?? {};
  const whole = create(PreviewDeleteHostResponseSchema, { totalSandboxes, snapshots, sandboxes });
  if (session.json) return printJson(session.stdout, PreviewDeleteHostResponseSchema, whole);
  printTable(session.stdout, sandboxes, columns, `${name} has no sandboxes.`);
  for (const { snapshotId, name: named, teamName } of whole.snapshots)
    session.stdout.write(`Snapshot ${named || snapshotId} of ${teamName} is on this host alone, and would be lost.\n`);
  session.stdout.write('Nothing was done.\n');
}
