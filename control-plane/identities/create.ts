import { userOf, type Scope } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { attempt } from '../credentials/index.ts';
import { newId, violatesUnique } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { nameTaken } from '../errors.ts';
import { defaultLifetimeMs, mintCredential, type MintedCredential } from './credentials.ts';
import { visibleIdentity } from './find.ts';
import type { Environment, Identity } from './identity.ts';
import { withSecondPerson, type Outcome } from './second-person.ts';
import { insertIdentity, nameIsTaken } from './store.ts';

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
}

/** Makes an identity with its first credential. */
export async function createIdentity(
  context: Context,
  request: IdentityRequest,
  dryRun: boolean,
): Promise<Outcome<MintedCredential & { identity: Identity }>> {
  const { teamId, environment, role } = request;
  const name = displayName('name', request.name);
  const scopes = [...request.scopes].sort();
  const boundHostId = request.boundHostId || undefined;
  const lifetimeMs = request.lifetimeMs ?? defaultLifetimeMs;
  const asked = { teamId, name, environment, role, scopes, boundHostId, lifetimeSeconds: lifetimeMs / 1000 };
  try {
    return await attempt(context, dryRun, async (sql) => {
      if (await nameIsTaken(sql, teamId, name)) throw takenName(name);
      const change = { operation: 'create', teamId, environment, identityName: name, request: asked } as const;
      return withSecondPerson(sql, context, change, async () => {
        const id = newId('mid');
        const makerId = userOf(context.caller).userId;
        await insertIdentity(sql, { id, name, teamId, environment, role, scopes, makerId, boundHostId });
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

const takenName = (name: string) =>
  nameTaken('name', `There is a machine identity named ${name} already: choose another name.`);
