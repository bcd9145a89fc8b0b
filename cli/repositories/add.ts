import { resolve } from 'node:path';
import { RegisterRepositoryResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster repositories add`. */
export interface AddOptions extends SessionOptions {
  readonly branch?: string;
  readonly published?: boolean;
}

/** Registers a repository. */
export async function addRepository(
  session: Session,
  name: string,
  given: string,
  { branch = '', published = false }: AddOptions,
): Promise<void> {
  // `.` and `../other` are meant from here; everything else the control plane judges.
  const url = /^\.{1,2}(\/|$)/.test(given) ? resolve(given) : given;
  const answer = await session.fleet.registerRepository({ name, url, branch, published });
  if (session.json || !answer.repository) return printJson(session.stdout, RegisterRepositoryResponseSchema, answer);
  const { repository } = answer;
  session.stdout.write(
    `${repository.name} (${repository.id}) is registered: ${repository.branch} of ${repository.url}.\n`,
  );
}
