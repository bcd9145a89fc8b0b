import { create } from '@bufbuild/protobuf';
import { IdentityEnvironment, ListIdentitiesResponseSchema, type Identity } from '#proto/muster/v1/identity_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { identitiesOf, type TeamOptions } from './find.ts';
import { sayScopes, sayState } from './words.ts';

/** Options of `muster identity list`. */
export interface ListOptions extends TeamOptions {
  readonly all?: boolean;
}

const columns: readonly Column<Identity>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'ENVIRONMENT', cell: ({ environment }) => enumWord(IdentityEnvironment, environment) },
  { heading: 'STATE', cell: sayState },
  { heading: 'SCOPES', cell: ({ scopes }) => sayScopes(scopes) },
  { heading: 'ENDS', cell: ({ expiresAt }) => sayWhen(expiresAt) },
  { heading: 'LAST USED', cell: ({ lastUsedAt }) => (lastUsedAt ? sayWhen(lastUsedAt) : 'never') },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints a team's identities. */
export async function listIdentities(session: Session, { team = '', all = false }: ListOptions): Promise<void> {
  const identities = await identitiesOf(session, team, all);
  if (session.json) {
    const answer = create(ListIdentitiesResponseSchema, { identities });
    return printJson(session.stdout, ListIdentitiesResponseSchema, answer);
  }
  printTable(session.stdout, identities, columns, 'There are no machine identities.');
}
