import { AuditOutcome, type AuditEvent } from '#proto/muster/v1/audit_pb.js';
import { CredentialState, GetIdentityResponseSchema, type IdentityCredential } from '#proto/muster/v1/identity_pb.js';
import { lastUse } from '../keys/show.ts';
import { printJson } from '../output/json.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { identityIdOf, type TeamOptions } from './find.ts';
import { factsOf } from './words.ts';

const credentialColumns: readonly Column<IdentityCredential>[] = [
  { heading: 'CREDENTIAL', cell: ({ prefix }) => `${prefix}_…` },
  { heading: 'STATE', cell: ({ state }) => enumWord(CredentialState, state) },
  { heading: 'ENDS', cell: ({ expiresAt }) => sayWhen(expiresAt) },
  { heading: 'LAST USED', cell: lastUse },
];

const eventColumns: readonly Column<AuditEvent>[] = [
  { heading: 'WHEN', cell: ({ at }) => sayTime(at) },
  { heading: 'WHO', cell: ({ actor }) => actor?.name || actor?.id || '' },
  { heading: 'WHAT', cell: ({ action }) => action },
  { heading: 'OUTCOME', cell: ({ outcome }) => enumWord(AuditOutcome, outcome) },
];

/** Prints an identity with its credentials and what happened last. */
export async function inspectIdentity(session: Session, nameOrId: string, options: TeamOptions): Promise<void> {
  const answer = await session.identities.getIdentity({ identityId: await identityIdOf(session, nameOrId, options) });
  if (session.json || !answer.identity) return printJson(session.stdout, GetIdentityResponseSchema, answer);
  printFacts(session.stdout, factsOf(answer.identity));
  session.stdout.write('\n');
  printTable(session.stdout, answer.credentials, credentialColumns, 'It has no credentials.');
  session.stdout.write('\n');
  printTable(session.stdout, answer.events, eventColumns, 'Nothing has happened yet.');
}
