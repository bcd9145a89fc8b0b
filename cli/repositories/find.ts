import type { Repository } from '#proto/muster/v1/fleet_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session } from '../session/session.ts';
import { allRepositories } from './list.ts';

/** A repository by its name or id. */
export async function findRepository(session: Session, nameOrId: string): Promise<Repository> {
  const found = (await allRepositories(session)).find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (found) return found;
  throw new CliError(`There is no repository named ${nameOrId}. See muster repositories list.`, exitCodes.notFound);
}
