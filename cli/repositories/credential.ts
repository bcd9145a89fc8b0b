import { text } from 'node:stream/consumers';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { UpdateRepositoryResponseSchema, type UpdateRepositoryRequestSchema } from '#proto/muster/v1/fleet_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Input } from '../surroundings.ts';
import { findRepository } from './find.ts';
import { readText } from './read-text.ts';

/** Options of `muster repositories credential`. */
export interface CredentialOptions extends SessionOptions {
  readonly username?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly remove?: boolean;
}

/** Says what a private repository is fetched with. A token is read from what is piped in: arguments can be seen by others. */
export async function changeCredential(
  session: Session,
  nameOrId: string,
  options: CredentialOptions,
  stdin: Input,
): Promise<void> {
  const credential = await credentialFrom(options, stdin);
  const { id, name } = await findRepository(session, nameOrId);
  const answer = await session.fleet.updateRepository({ repositoryId: id, credential });
  if (session.json) return printJson(session.stdout, UpdateRepositoryResponseSchema, answer);
  session.stdout.write(`${name} is fetched ${options.remove ? 'without a credential' : 'with it'} from now on.\n`);
}

async function credentialFrom(
  { username = '', sshKey, knownHosts, remove }: CredentialOptions,
  stdin: Input,
): Promise<Credential> {
  if (remove) return { case: 'removeCredential', value: true };
  if (sshKey !== undefined || knownHosts !== undefined) {
    if (sshKey === undefined || knownHosts === undefined)
      throw new CliError('Name both --ssh-key and --known-hosts (see ssh-keyscan).', exitCodes.usage);
    const [privateKey, hosts] = await Promise.all([sshKey, knownHosts].map(readText));
    return { case: 'sshKey', value: { privateKey: privateKey ?? '', knownHosts: hosts ?? '' } };
  }
  if (!stdin.isPiped) throw new CliError('Pipe the token in, or name --ssh-key and --known-hosts.', exitCodes.usage);
  return { case: 'token', value: { username, token: (await text(stdin)).trim() } };
}

type Credential = NonNullable<MessageInitShape<typeof UpdateRepositoryRequestSchema>['credential']>;
