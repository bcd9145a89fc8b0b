import type { Secret } from '#contract/secret.ts';
import { mintToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import {
  attempt,
  findCredentialByRequest,
  insertCredential,
  listCredentials,
  retireCredentials,
  type CredentialRow,
} from '../credentials/index.ts';
import type { Sql } from '../database/index.ts';
import { invalidField, notFound, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { visibleIdentity } from './find.ts';
import { identityActions, type Identity } from './identity.ts';
import { lockManaged } from './life.ts';
import { withSecondPerson, type Outcome } from './second-person.ts';

export const defaultLifetimeMs = 90 * 86_400_000;
/** More than anybody can look after. */
const mostWorking = 20;

/** A credential and, the one time that it is known, its secret. */
export interface MintedCredential {
  readonly credential: CredentialRow;
  readonly secret: Secret | undefined;
}

/** Makes a credential for an identity. */
export async function mintCredential(
  sql: Sql,
  identityId: string,
  { lifetimeMs, requestId, dryRun }: { lifetimeMs: number; requestId?: string | undefined; dryRun: boolean },
): Promise<MintedCredential> {
  const token = mintToken('mid');
  const kind = 'machine_identity';
  await insertCredential(sql, {
    id: token.id,
    tokenHash: token.hash,
    kind,
    ownerId: identityId,
    lifetimeMs,
    requestId,
  });
  return { credential: await credentialOf(sql, identityId, token.id), secret: dryRun ? undefined : token.secret };
}

export interface Addition {
  readonly lifetimeMs: number;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

/** Gives an identity one more credential. The same request id of the same caller answers the same one, without its secret. */
export function addCredential(
  context: Context,
  { id }: Identity,
  { lifetimeMs, ...asked }: Addition,
  dryRun: boolean,
): Promise<Outcome<MintedCredential>> {
  const requestId = asked.requestId === '' ? undefined : `${context.caller.actor}:${asked.requestId}`;
  return attempt(context, dryRun, async (sql) => {
    const identity = await lockManaged(sql, context, id);
    const earlier = requestId === undefined ? undefined : await findCredentialByRequest(sql, id, requestId);
    if (earlier !== undefined)
      return { result: { credential: await credentialOf(sql, id, earlier), secret: undefined } };
    requireAllowed(identityActions.addCredential, identity.state);
    if ((await working(sql, id)).length >= mostWorking)
      throw wrongState(`This identity has ${mostWorking} working credentials.`, 'Rotate one of them instead.');
    const request = { identityId: id, lifetimeSeconds: lifetimeMs / 1000 };
    return withSecondPerson(sql, context, changeOf(identity, 'create_credential', request), async () => {
      const minted = await mintCredential(sql, id, { lifetimeMs, requestId, dryRun });
      await recordAudit(sql, context, {
        action: 'identity.create_credential',
        target: id,
        teamId: identity.teamId,
        after: { credential: minted.credential.id, lifetimeMs },
      });
      return minted;
    });
  });
}

export interface Rotation {
  /** Empty: the only active one. */
  readonly credentialId: string;
  readonly overlapMs: number;
  readonly lifetimeMs: number;
}

/** Replaces a credential; the old one works for the overlap at most. */
export function rotateCredential(
  context: Context,
  { id }: Identity,
  { credentialId, overlapMs, lifetimeMs }: Rotation,
  dryRun: boolean,
): Promise<Outcome<MintedCredential & { replaced: CredentialRow }>> {
  return attempt(context, dryRun, async (sql) => {
    const identity = await lockManaged(sql, context, id);
    requireAllowed(identityActions.rotate, identity.state);
    const old = chosen(await working(sql, id), credentialId);
    const request = {
      identityId: id,
      credentialId: old.id,
      overlapSeconds: overlapMs / 1000,
      lifetimeSeconds: lifetimeMs / 1000,
    };
    return withSecondPerson(sql, context, changeOf(identity, 'rotate', request), async () => {
      await retireCredentials(sql, [old.id], overlapMs);
      const minted = await mintCredential(sql, id, { lifetimeMs, dryRun });
      await recordAudit(sql, context, {
        action: 'identity.rotate',
        target: id,
        teamId: identity.teamId,
        before: { credential: old.id },
        after: { credential: minted.credential.id, overlapMs, lifetimeMs },
      });
      await announce(sql, 'credential', [old.id]);
      return { ...minted, replaced: await credentialOf(sql, id, old.id) };
    });
  });
}

/** The credentials that work now. */
const working = async (sql: Sql, identityId: string): Promise<CredentialRow[]> =>
  (await listCredentials(sql, identityId)).filter(({ state, expired }) => state !== 'revoked' && !expired);

function chosen(credentials: readonly CredentialRow[], asked: string): CredentialRow {
  if (asked !== '') {
    const named = credentials.find(({ id }) => id === asked);
    if (!named) throw notFound('credential that works');
    return named;
  }
  const [only, ...more] = credentials.filter(({ state }) => state === 'active');
  if (!only) throw wrongState('This identity has no credential that works.', 'Give it one with CreateCredential.');
  if (more.length > 0) throw invalidField('credential_id', 'This identity has more than one credential: name one.');
  return only;
}

async function credentialOf(sql: Sql, identityId: string, id: string): Promise<CredentialRow> {
  const row = (await listCredentials(sql, identityId)).find((one) => one.id === id);
  if (!row) throw notFound('credential');
  return row;
}

const changeOf = (
  { id, name, teamId, environment }: Identity,
  operation: 'create_credential' | 'rotate',
  request: Readonly<Record<string, unknown>>,
) => ({ operation, teamId, environment, identityId: id, identityName: name, request });

/** An identity's credentials, newest first. */
export async function credentialsOf(context: Context, id: string): Promise<CredentialRow[]> {
  await visibleIdentity(context, id);
  return listCredentials(context.sql, id);
}
