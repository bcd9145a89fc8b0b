import { DeleteRepositoryResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';
import { allRepositories } from './list.ts';

/** Removes a repository. */
export async function removeRepository(session: Session, nameOrId: string): Promise<void> {
  const found = (await allRepositories(session)).find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (!found)
    throw new CliError(`There is no repository named ${nameOrId}. See muster repositories list.`, exitCodes.notFound);
  const answer = await session.fleet.deleteRepository({ repositoryId: found.id });
  if (session.json) return printJson(session.stdout, DeleteRepositoryResponseSchema, answer);
  session.stdout.write(`${found.name} is removed; its components are unknown from now on.\n`);
}
