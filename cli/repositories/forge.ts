import { ForgeKind, UpdateRepositoryResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { findRepository } from './find.ts';

const kinds = {
  github: ForgeKind.GITHUB,
  gitea: ForgeKind.GITEA,
  forgejo: ForgeKind.FORGEJO,
  gitlab: ForgeKind.GITLAB,
  auto: ForgeKind.UNSPECIFIED,
} as const;

export type ForgeWord = keyof typeof kinds;
/** What can be said. */
export const forgeWords = Object.keys(kinds) as ForgeWord[]; // the table names every word

/** Says which forge a repository lies on, so that its commits are linked. */
export async function changeForge(session: Session, nameOrId: string, word: ForgeWord): Promise<void> {
  const { id, name } = await findRepository(session, nameOrId);
  const answer = await session.fleet.updateRepository({ repositoryId: id, forgeKind: kinds[word] });
  if (session.json) return printJson(session.stdout, UpdateRepositoryResponseSchema, answer);
  const kind = answer.repository?.forgeKind ?? ForgeKind.UNSPECIFIED;
  session.stdout.write(
    kind === ForgeKind.UNSPECIFIED
      ? `On which forge ${name} lies is not known: its commits have no links.\n`
      : `${name} lies on ${enumWord(ForgeKind, kind)}: its commits are linked there.\n`,
  );
}
