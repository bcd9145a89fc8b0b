import { DeleteRepositoryResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';
import { findRepository } from './find.ts';

/** Removes a repository. */
export async function removeRepository(session: Session, nameOrId: string): Promise<void> {
  const found = await findRepository(session, nameOrId);
  const answer = await session.fleet.deleteRepository({ repositoryId: found.id });
  if (session.json) return printJson(session.stdout, DeleteRepositoryResponseSchema, answer);
  session.stdout.write(`${found.name} is removed; its components are unknown from now on.\n`);
}
