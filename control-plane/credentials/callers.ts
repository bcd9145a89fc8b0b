import { timingSafeEqual } from 'node:crypto';
import type { Token } from '#contract/token.ts';
import type { OrgKeyCaller, TeamMachineCaller } from '../access/index.ts';
import type { Origin, Services } from '../context.ts';
import { lookUp } from '../database/index.ts';
import { findLiveCredentials, touchCredential, type LiveCredential } from './store.ts';

/** Compared with where there is no credential, so that the time tells nothing. */
const nobodysHash = Buffer.alloc(32);

export type KeyCaller = OrgKeyCaller | TeamMachineCaller;

/** Whom the token of a key or machine identity stands for at this moment. Undefined for one that is not valid. */
export async function callerOfKey(
  services: Services,
  token: Token,
  origin: Pick<Origin, 'address' | 'userAgent'>,
): Promise<KeyCaller | undefined> {
  const live = await lookUp(services.pool, findLiveCredentials, token.id);
  const matches = timingSafeEqual(live?.tokenHash ?? nobodysHash, token.hash);
  if (!live || !matches) return undefined;
  if (live.stale) {
    // Nobody waits for it, and nothing depends on it: the next request writes it again.
    touchCredential(services.pool, live.id, { address: origin.address, agent: storable(origin.userAgent) }).catch(
      (error: unknown) => services.log.debug({ err: error }, 'the use of a key was not written'),
    );
  }
  return callerOf(live);
}

/** The same for a credential that was presented before: as it is now. Its use is not written. */
export async function readKeyCaller(services: Services, credentialId: string): Promise<KeyCaller | undefined> {
  const live = await lookUp(services.pool, findLiveCredentials, credentialId);
  return live && callerOf(live);
}

const storable = (text: string) => text.slice(0, 300).toWellFormed().replaceAll('\0', '\u{fffd}');

function callerOf(live: LiveCredential): KeyCaller | undefined {
  const common = {
    credentialId: live.id,
    keyId: live.keyId,
    name: live.name,
    boundHostId: live.boundHostId ?? undefined,
  };
  const { kind, role, team, makerId, makerRole } = live;
  if (kind === 'org_key') {
    return {
      ...common,
      kind,
      actor: `key:${live.keyId}`,
      role,
      bootstrap: live.bootstrap,
      makerId: live.makerId ?? undefined,
      makerKeyId: live.makerKeyId ?? undefined,
      expiresAt: live.expiresAt ?? undefined,
      activeTeamId: live.boundTeamId ?? undefined,
    };
  }
  if (!team || !makerId || !makerRole || role === 'admin') return undefined; // the statement answers no such row
  return {
    ...common,
    kind,
    actor: `${kind === 'team_key' ? 'key' : 'identity'}:${live.keyId}`,
    role,
    makerId,
    team,
    makerRole,
    activeTeamId: team.teamId,
    scopes: live.scopes ?? undefined,
  };
}
