import { create } from '@bufbuild/protobuf';
import {
  CreateGatewayTokenResponseSchema,
  GatewayTokenState,
  ListGatewayTokensResponseSchema,
  RevokeGatewayTokenResponseSchema,
  RotateGatewayTokenResponseSchema,
  type GatewayToken,
} from '#proto/muster/v1/gateway_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { mint, showSecret } from '../mutation/secret.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { teamOf, type ScopeOptions } from './team.ts';

/** Options of `muster gateway tokens list`. */
export interface ListOptions extends ScopeOptions {
  readonly all?: boolean;
}

/** Options of `muster gateway tokens create`. */
export interface CreateOptions extends SessionOptions {
  readonly team?: string;
  readonly user?: string;
  readonly requestId?: string;
  readonly out?: string;
}

/** Options of `muster gateway tokens rotate`. */
export interface RotateOptions extends ScopeOptions {
  readonly overlap?: { readonly seconds: bigint };
  readonly out?: string;
}

const columns: readonly Column<GatewayToken>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'COUNTS AS', cell: ({ userName, userId }) => userName || userId },
  { heading: 'STATE', cell: ({ state }) => enumWord(GatewayTokenState, state) },
  { heading: 'LAST USED', cell: ({ lastUsedAt }) => (lastUsedAt ? sayWhen(lastUsedAt) : 'never') },
  { heading: 'SECRET', cell: ({ prefix }) => `${prefix}_…` },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints the tokens of a team, or of all. */
export async function listTokens(session: Session, options: ListOptions): Promise<void> {
  const tokens = await tokensOf(session, options, options.all ?? false);
  if (session.json) {
    const answer = create(ListGatewayTokensResponseSchema, { tokens });
    return printJson(session.stdout, ListGatewayTokensResponseSchema, answer);
  }
  printTable(session.stdout, tokens, columns, 'There are no tokens. Make one with muster gateway tokens create NAME.');
}

/** Mints a token, and shows its secret once. */
export async function createToken(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { team = '', user = '', requestId = '' } = options;
  const answer = await mint(session, { ...options, confirm: true }, () =>
    session.gateway.createGatewayToken({ name, teamId: team, userId: user, requestId }),
  );
  if (session.json) return printJson(session.stdout, CreateGatewayTokenResponseSchema, answer);
  printFacts(session.stderr, factsOf(answer.token));
  showSecret(session, answer.secret, options);
}

/** Gives a token another secret, and shows it once. */
export async function rotateToken(session: Session, nameOrId: string, options: RotateOptions): Promise<void> {
  const { overlap } = options;
  const gatewayTokenId = await tokenIdOf(session, nameOrId, options);
  const answer = await mint(session, { ...options, confirm: true }, () =>
    session.gateway.rotateGatewayToken({ gatewayTokenId, overlap }),
  );
  if (session.json) return printJson(session.stdout, RotateGatewayTokenResponseSchema, answer);
  printFacts(session.stderr, factsOf(answer.token));
  showSecret(session, answer.secret, options);
}

/** Ends a token. */
export async function revokeToken(session: Session, nameOrId: string, options: ScopeOptions): Promise<void> {
  const gatewayTokenId = await tokenIdOf(session, nameOrId, options);
  const answer = await session.gateway.revokeGatewayToken({ gatewayTokenId });
  if (session.json) return printJson(session.stdout, RevokeGatewayTokenResponseSchema, answer);
  session.stdout.write(`${answer.token?.name} (${answer.token?.id}) is revoked.\n`);
}

const factsOf = (token: GatewayToken | undefined): (readonly [string, string])[] => [
  ['Name', token?.name ?? ''],
  ['Counts as', token?.userName ?? ''],
  ['Old secret', token?.overlapUntil ? `works until ${sayTime(token.overlapUntil)}` : ''],
  ['Id', token?.id ?? ''],
];

const tokensOf = async (session: Session, scope: ScopeOptions, includeEnded: boolean): Promise<GatewayToken[]> => {
  const teamId = await teamOf(session, scope);
  return allPages(async (pageToken) => {
    const request = { teamId, includeEnded, pageSize: 1000, pageToken };
    const { tokens, nextPageToken } = await session.gateway.listGatewayTokens(request);
    return { items: tokens, nextPageToken };
  });
};

async function tokenIdOf(session: Session, nameOrId: string, scope: ScopeOptions): Promise<string> {
  if (/^gtok[0-9a-z]{12,}$/.test(nameOrId)) return nameOrId;
  const [found, ...more] = (await tokensOf(session, scope, false)).filter(({ name }) => name === nameOrId);
  if (found && more.length === 0) return found.id;
  throw new CliError(
    found
      ? `There are several tokens named ${nameOrId}: name one by its id. See muster gateway tokens list.`
      : `There is no token named ${nameOrId}. See muster gateway tokens list.`,
    exitCodes.notFound,
  );
}
