import {
  AddProvenanceKeyResponseSchema,
  PublishProvenanceResponseSchema,
  RemoveProvenanceKeyResponseSchema,
  RepositorySchema,
  type ProvenanceKey,
} from '#proto/muster/v1/fleet_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { findRepository } from './find.ts';
import { readText } from './read-text.ts';

/** Options of `muster repositories provenance`. */
export interface ProvenanceOptions extends SessionOptions {
  readonly require?: boolean;
}

const columns: readonly Column<ProvenanceKey>[] = [
  { heading: 'KEY', cell: ({ name }) => name },
  { heading: 'SINCE', cell: ({ addedAt }) => sayWhen(addedAt) },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Says which keys are trusted, and whether what is built has to be verified; changes the latter where that is asked for. */
export async function showProvenance(
  session: Session,
  nameOrId: string,
  { require: requireProvenance }: ProvenanceOptions,
): Promise<void> {
  const found = await findRepository(session, nameOrId);
  const changed =
    requireProvenance === undefined
      ? undefined
      : await session.fleet.updateRepository({ repositoryId: found.id, requireProvenance });
  const repository = changed?.repository ?? found;
  if (session.json) return printJson(session.stdout, RepositorySchema, repository);
  const { name } = repository;
  session.stdout.write(
    repository.requireProvenance
      ? `What is built from ${name} has to be verified to be green.\n`
      : `What is built from ${name} may be green without being verified.\n`,
  );
  printTable(
    session.stdout,
    repository.provenanceKeys,
    columns,
    `It trusts no key. Add one with muster repositories trust-key ${name} FILE.`,
  );
}

/** Trusts the public key in a file. */
export async function trustKey(
  session: Session,
  nameOrId: string,
  file: string,
  { name: called }: SessionOptions & { readonly name?: string },
): Promise<void> {
  const publicKey = await readText(file);
  const { id, name } = await findRepository(session, nameOrId);
  const answer = await session.fleet.addProvenanceKey({ repositoryId: id, name: called ?? 'ci', publicKey });
  if (session.json) return printJson(session.stdout, AddProvenanceKeyResponseSchema, answer);
  session.stdout.write(`${name} trusts what ${answer.key?.name} signs (${answer.key?.id.slice(0, 12)}).\n`);
}

/** Trusts a key no more: by its name, or the beginning of its id. */
export async function distrustKey(session: Session, nameOrId: string, key: string): Promise<void> {
  const { id, name, provenanceKeys } = await findRepository(session, nameOrId);
  const found = provenanceKeys.filter((one) => one.name === key || one.id.startsWith(key));
  const [only] = found;
  if (!only || found.length > 1)
    throw new CliError(
      `${found.length === 0 ? 'No key' : 'More than one key'} of ${name} is called ${key}. See muster repositories provenance ${name}.`,
      exitCodes.notFound,
    );
  const answer = await session.fleet.removeProvenanceKey({ repositoryId: id, keyId: only.id });
  if (session.json) return printJson(session.stdout, RemoveProvenanceKeyResponseSchema, answer);
  session.stdout.write(`${name} trusts ${only.name} no more, nor what it has signed.\n`);
}

/** Publishes an attestation that CI has written into a file. */
export async function publishProvenance(session: Session, repository: string, file: string): Promise<void> {
  const answer = await session.fleet.publishProvenance({ repository, envelope: await readText(file) });
  if (session.json) return printJson(session.stdout, PublishProvenanceResponseSchema, answer);
  for (const artifact of answer.artifactSha256)
    session.stdout.write(`sha256:${artifact} was built from ${answer.sha}, signed by ${answer.key?.name}.\n`);
}
