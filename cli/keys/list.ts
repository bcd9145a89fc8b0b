import { create } from '@bufbuild/protobuf';
import { KeyRole, KeyState, ListApiKeysResponseSchema, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { keysOf, teamOf, type OwnerOptions } from './find.ts';

/** Options of `muster keys list`. */
export interface ListOptions extends OwnerOptions {
  readonly all?: boolean;
}

const columns: readonly Column<ApiKey>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'ROLE', cell: ({ role }) => enumWord(KeyRole, role) },
  { heading: 'STATE', cell: ({ state }) => enumWord(KeyState, state) },
  { heading: 'ENDS', cell: ({ expiresAt }) => (expiresAt ? sayWhen(expiresAt) : 'never') },
  { heading: 'LAST USED', cell: ({ lastUsedAt }) => (lastUsedAt ? sayWhen(lastUsedAt) : 'never') },
  { heading: 'MADE BY', cell: ({ createdBy, createdByName }) => createdByName || createdBy },
  { heading: 'SECRET', cell: ({ prefix }) => `${prefix}_…` },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints the keys of a team, or of the installation. */
export async function listKeys(session: Session, options: ListOptions): Promise<void> {
  const keys = await keysOf(session, await teamOf(session, options), options.all ?? false);
  if (session.json) {
    return printJson(session.stdout, ListApiKeysResponseSchema, create(ListApiKeysResponseSchema, { keys }));
  }
  printTable(session.stdout, keys, columns, 'There are no keys. Make one with muster keys create NAME --confirm.');
}
