import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  AddSupportKeyResponseSchema,
  ListSupportKeysResponseSchema,
  RemoveSupportKeyResponseSchema,
  type SupportKey,
} from '#proto/muster/v1/machine_access_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { requireConfirm, type ConfirmOptions } from './confirm.ts';
import { findSupportKey, supportKeys } from './find.ts';
import { readKey } from './key-file.ts';

const columns: readonly Column<SupportKey>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  {
    heading: 'UNTIL',
    cell: ({ expired, expiresAt }) => (expired ? 'over' : expiresAt ? sayWhen(expiresAt) : 'no end'),
  },
  { heading: 'ON', cell: ({ installed, wanted }) => `${installed} of ${wanted}`, right: true },
  { heading: 'ADDED BY', cell: ({ createdBy, createdAt }) => `${createdBy}, ${sayWhen(createdAt)}` },
  { heading: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints all support keys. */
export async function listSupportKeys(session: Session): Promise<void> {
  const all = await supportKeys(session);
  if (session.json)
    return printJson(
      session.stdout,
      ListSupportKeysResponseSchema,
      create(ListSupportKeysResponseSchema, { supportKeys: all }),
    );
  printTable(
    session.stdout,
    all,
    columns,
    'There are no support keys. Add one with muster machine-access add-support-key NAME FILE --until 7d.',
  );
}

/** Options of `muster machine-access add-support-key`. */
export interface AddOptions extends SessionOptions {
  readonly until?: Timestamp;
  readonly host?: readonly string[];
  readonly requestId?: string;
}

/** Adds a support key. */
export async function addSupportKey(session: Session, name: string, file: string, options: AddOptions): Promise<void> {
  const { until, host = [], requestId = '' } = options;
  const hostIds = await Promise.all(host.map((each) => hostIdOf(session, each)));
  const publicKey = await readKey(file, session.stdin);
  const answer = await session.machineAccess.addSupportKey({ name, publicKey, hostIds, requestId, expiresAt: until });
  if (session.json || !answer.supportKey) return printJson(session.stdout, AddSupportKeyResponseSchema, answer);
  const { supportKey } = answer;
  session.stdout.write(
    `${supportKey.name} (${supportKey.id}, ${supportKey.fingerprint}) comes onto ${host.length === 0 ? 'all machines' : host.join(', ')}${until ? `, until ${sayTime(until)}` : ', until it is removed'}.\n`,
  );
}

/** Options of `muster machine-access remove-support-key`. */
export interface RemoveOptions extends ConfirmOptions {
  readonly reason?: string;
}

/** Removes a support key. */
export async function removeSupportKey(session: Session, named: string, options: RemoveOptions): Promise<void> {
  const key = await findSupportKey(session, named);
  requireConfirm(options, `${key.name} (${key.fingerprint}) is taken off ${key.installed} machines`);
  const answer = await session.machineAccess.removeSupportKey({ supportKeyId: key.id, reason: options.reason ?? '' });
  if (session.json) return printJson(session.stdout, RemoveSupportKeyResponseSchema, answer);
  session.stdout.write(`${key.name} is taken off the machines; see muster machine-access status.\n`);
}
