import type { SupportKey } from '#proto/muster/v1/machine_access_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { allPages } from '../output/pages.ts';
import type { Session } from '../session/session.ts';

/** Somebody with an account. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A user by their address or id. */
export async function findUser(session: Session, addressOrId: string): Promise<Person> {
  const isId = /^user[0-9a-z]{12,}$/.test(addressOrId);
  if (isId) return { id: addressOrId, name: addressOrId };
  const wanted = addressOrId.toLowerCase();
  const found = await allPages(async (pageToken) => {
    const answer = await session.users.listUsers({ search: addressOrId, pageSize: 100, pageToken });
    return { items: answer.users, nextPageToken: answer.nextPageToken };
  });
  const user = found.find(({ email }) => email.toLowerCase() === wanted);
  if (user) return user;
  throw new CliError(`There is no user with the address ${addressOrId}.`, exitCodes.notFound);
}

/** All support keys. */
export const supportKeys = (session: Session): Promise<SupportKey[]> =>
  allPages(async (pageToken) => {
    const answer = await session.machineAccess.listSupportKeys({ pageSize: 1000, pageToken });
    return { items: answer.supportKeys, nextPageToken: answer.nextPageToken };
  });

/** A support key by its name, id or fingerprint. */
export async function findSupportKey(session: Session, named: string): Promise<SupportKey> {
  const found = (await supportKeys(session)).filter(({ id, name, fingerprint }) =>
    [id, name, fingerprint].includes(named),
  );
  if (found.length > 1)
    throw new CliError(`Several support keys are named ${named}: give the id of one.`, exitCodes.usage);
  if (found[0]) return found[0];
  throw new CliError(
    `There is no support key named ${named}. See muster machine-access support-keys.`,
    exitCodes.notFound,
  );
}
