import {
  ClearProviderKeyResponseSchema,
  ListProviderKeysResponseSchema,
  ProviderKeySource,
  RotateProviderKeyResponseSchema,
  SetProviderKeyResponseSchema,
  type ProviderKey,
} from '#proto/muster/v1/tester_key_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { readSecret } from '../settings/read-secret.ts';

/** Options of all commands about keys of a team at providers. */
export interface TeamOptions extends SessionOptions {
  readonly team?: string;
}

const columns: readonly Column<ProviderKey>[] = [
  { heading: 'PROVIDER', cell: ({ provider }) => provider },
  { heading: 'KEY', cell: ({ source }) => enumWord(ProviderKeySource, source) },
  { heading: 'FINGERPRINT', cell: ({ own, minted }) => own?.fingerprint || minted?.fingerprint || '' },
  { heading: 'VARIABLES', cell: ({ variables }) => variables.join(', ') },
  { heading: 'HOW IT STANDS', cell: ({ sentence }) => sentence },
];

/** Prints whose key it is at each provider. */
export async function listKeys(session: Session, { team = '' }: TeamOptions): Promise<void> {
  const answer = await session.testerKeys.listProviderKeys({ teamId: team });
  if (session.json) return printJson(session.stdout, ListProviderKeysResponseSchema, answer);
  printTable(session.stdout, answer.keys, columns, 'There are no providers.');
  session.stderr.write(`\n${answer.delivery?.sentence ?? ''} In each they stand in ${answer.file}.\n`);
}

/** Saves a key of the team's own. It is read, and never taken as an argument. */
export async function setKey(session: Session, provider: string, { team = '' }: TeamOptions): Promise<void> {
  const { title, own } = await keyAt(session, provider, team);
  const value = await readSecret(session, `Key of ${title}`);
  const version = own?.version ?? 0n;
  const answer = await session.testerKeys.setProviderKey({ teamId: team, provider, value, version });
  if (session.json) return printJson(session.stdout, SetProviderKeyResponseSchema, answer);
  session.stdout.write(`Your key of ${title} is saved, and on its way into your sandboxes.\n`);
}

/** Forgets a key of the team's own. */
export async function clearKey(session: Session, provider: string, { team = '' }: TeamOptions): Promise<void> {
  const { title, own } = await keyAt(session, provider, team);
  const version = own?.version ?? 0n;
  const answer = await session.testerKeys.clearProviderKey({ teamId: team, provider, version });
  if (session.json) return printJson(session.stdout, ClearProviderKeyResponseSchema, answer);
  session.stdout.write(`Your key of ${title} is forgotten. ${answer.key?.sentence ?? ''}\n`);
}

/** Has the minted key replaced before its time. */
export async function rotateKey(session: Session, provider: string, { team = '' }: TeamOptions): Promise<void> {
  const answer = await session.testerKeys.rotateProviderKey({ teamId: team, provider });
  if (session.json) return printJson(session.stdout, RotateProviderKeyResponseSchema, answer);
  session.stdout.write(
    `Another key of ${answer.key?.title} is being minted; the one before works until that was used.\n`,
  );
}

async function keyAt(session: Session, provider: string, teamId: string): Promise<ProviderKey> {
  const { keys } = await session.testerKeys.listProviderKeys({ teamId });
  const found = keys.find((key) => key.provider === provider);
  if (found) return found;
  const names = keys.map((key) => key.provider).join(', ');
  throw new CliError(`There is no provider ${provider}: name one of ${names}.`, exitCodes.notFound);
}
