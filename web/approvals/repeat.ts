import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityEnvironment, IdentityScope } from '#proto/muster/v1/identity_pb.js';
import { environmentWords } from '../identities/filter.ts';
import { scopeTitles } from '../identities/words.ts';
import { readRequest, type RequestFields } from './request.ts';

/*
 * An approved request is carried out by repeating its call. The server compares field by field: what is read wrongly
 * here makes another request that waits, and never does what nobody approved.
 */

const text = (fields: RequestFields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

function duration(fields: RequestFields, name: string) {
  const value = fields[name];
  const seconds = typeof value === 'number' ? value : 0;
  const whole = Math.floor(seconds);
  return { seconds: BigInt(whole), nanos: Math.round((seconds - whole) * 1e9) };
}

const allScopes = [
  IdentityScope.SANDBOX_READ,
  IdentityScope.SANDBOX_MANAGE,
  IdentityScope.SANDBOX_RUN,
  IdentityScope.FLEET_READ,
  IdentityScope.WORKSPACE_READ,
];

/** CreateIdentity once more. */
export function createRequestOf(json: string) {
  const fields = readRequest(json);
  const scopes: unknown = fields['scopes'];
  const environment = text(fields, 'environment');
  return {
    teamId: text(fields, 'teamId'),
    name: text(fields, 'name'),
    environment:
      Object.entries(environmentWords).find(([word]) => word === environment)?.[1] ?? IdentityEnvironment.UNSPECIFIED,
    role: text(fields, 'role') === 'operator' ? KeyRole.OPERATOR : KeyRole.READ_ONLY,
    scopes: allScopes.filter((scope) => Array.isArray(scopes) && scopes.includes(scopeTitles[scope])),
    boundHostId: text(fields, 'boundHostId'),
    lifetime: duration(fields, 'lifetimeSeconds'),
  };
}

/** CreateCredential once more. */
export function credentialRequestOf(json: string) {
  const fields = readRequest(json);
  return { identityId: text(fields, 'identityId'), lifetime: duration(fields, 'lifetimeSeconds') };
}

/** RotateCredential once more. */
export function rotateRequestOf(json: string) {
  const fields = readRequest(json);
  return {
    identityId: text(fields, 'identityId'),
    credentialId: text(fields, 'credentialId'),
    overlap: duration(fields, 'overlapSeconds'),
    lifetime: duration(fields, 'lifetimeSeconds'),
  };
}
