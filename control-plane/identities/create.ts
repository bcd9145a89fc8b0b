import { userOf, type Scope } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { attempt, listCredentials } from '../credentials/index.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { conflict, nameTaken, notFound } from '../errors.ts';
import { lockTeam, requireStill } from '../teams/index.ts';
import { defaultLifetimeMs, mintCredential, type MintedCredential } from './credentials.ts';
import { visibleIdentity } from './find.ts';
import type { Environment, Identity } from './identity.ts';
import { withSecondPerson, type Outcome } from './second-person.ts';
import { findIdentityByRequest, insertIdentity, nameIsTaken } from './store.ts';

/** What somebody asks for. */
export interface IdentityRequest {
  readonly teamId: string;
  readonly name: string;
  readonly environment: Environment;
  readonly role: 'operator' | 'read_only';
  readonly scopes: readonly Scope[];
  /** Empty: not bound. */
  readonly boundHostId: string;
  readonly lifetimeMs: number | undefined;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

/** An identity and the first credential that was made for it. */
type MadeIdentity = MintedCredential & { readonly identity: Identity };

/** Makes an identity with its first credential. The same request id of the same caller answers the same identity, without its secret. */
export async function createIdentity(
  context: Context,
  request: IdentityRequest,
  dryRun: boolean,
): Promise<Outcome<MadeIdentity>> {
  const { teamId, environment, role } = request;
  const name = displayName('name', request.name);
  const scopes = [...request.scopes].sort();
  const boundHostId = request.boundHostId || undefined;
  const lifetimeMs = request.lifetimeMs ?? defaultLifetimeMs;
  const asked = { teamId, name, environment, role, scopes, boundHostId, lifetimeSeconds: lifetimeMs / 1000 };
  const requestId = request.requestId === '' ? undefined : `${context.caller.actor}:${request.requestId}`;
  try {
    return await attempt(context, dryRun, async (sql) => {
      // One after the other within a team; and who asks may have been demoted since the request came in.
      if (!(await lockTeam(sql, teamId))) throw notFound('team');
      await requireStill(sql, context, 'identity.manage', teamId);
      const earlier = await madeBefore(sql, context, requestId);
      if (earlier) return { result: earlier };
      if (await nameIsTaken(sql, teamId, name)) throw takenName(name);
      const change = { operation: 'create', teamId, environment, identityName: name, request: asked } as const;
      return withSecondPerson(sql, context, change, async () => {
        const id = newId('mid');
        const makerId = userOf(context.caller).userId;
        const identity = { id, name, teamId, environment, role, scopes, makerId, boundHostId, requestId };
        if (!(await insertIdentity(sql, identity))) throw conflict('The same request is being carried out.');
        const minted = await mintCredential(sql, id, { lifetimeMs, dryRun });
        const after = { ...asked, credential: minted.credential.id };
        await recordAudit(sql, context, { action: 'identity.create', target: id, teamId, after });
        return { ...minted, identity: await visibleIdentity(context, id, sql) };
      });
    });
  } catch (error) {
    if (violatesUnique(error, 'machine_identities_by_name')) throw takenName(name);
    throw error;
  }
}

/** What the same request has made before. */
async function madeBefore(
  sql: Sql,
  context: Context,
  requestId: string | undefined,
): Promise<MadeIdentity | undefined> {
  const id = requestId === undefined ? undefined : await findIdentityByRequest(sql, requestId);
  if (id === undefined) return undefined;
  const first = (await listCredentials(sql, id)).at(-1);
  if (!first) throw new Error('An identity has no credential.');
  return { identity: await visibleIdentity(context, id, sql), credential: first, secret: undefined };
}

const takenName = (name: string) =>
  nameTaken('name', `There is a machine identity named ${name} already: choose another name.`);
