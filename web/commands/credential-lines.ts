import type { MessageInitShape } from '@bufbuild/protobuf';
import { ApiKeyService, KeyRole, type ApiKey, type CreateApiKeyRequestSchema } from '#proto/muster/v1/api_key_pb.js';
import {
  IdentityEnvironment,
  IdentityService,
  type CreateIdentityRequestSchema,
} from '#proto/muster/v1/identity_pb.js';
import { durationOf } from '../time/duration.ts';
import { scopeTitles } from '../identities/words.ts';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

const roles: Record<KeyRole, string> = {
  [KeyRole.UNSPECIFIED]: '',
  [KeyRole.ADMIN]: 'admin',
  [KeyRole.OPERATOR]: 'operator',
  [KeyRole.READ_ONLY]: 'read-only',
};
const environments: Record<IdentityEnvironment, string> = {
  [IdentityEnvironment.UNSPECIFIED]: '',
  [IdentityEnvironment.DEVELOPMENT]: 'development',
  [IdentityEnvironment.STAGING]: 'staging',
  [IdentityEnvironment.PRODUCTION]: 'production',
};

/** The commands that do what the buttons of keys, identities and approvals do. */
export function credentialLines(origin: string) {
  const muster = musterLine(origin);
  const key = ApiKeyService.method;
  const identity = IdentityService.method;
  const ofTeam = (teamId: string) => (teamId === '' ? ['--org'] : option('team', teamId));
  const owner = ({ teamId }: ApiKey) => ofTeam(teamId);

  return {
    keys: (teamId: string, includeEnded: boolean): CommandLines => ({
      muster: muster('keys', 'list', ofTeam(teamId), includeEnded ? '--all' : []),
      curl: bufCurl(key.listApiKeys, { teamId, includeEnded }, origin),
    }),
    key: (one: ApiKey): CommandLines => ({
      muster: muster('keys', 'show', one.id, owner(one)),
      curl: bufCurl(key.getApiKey, { keyId: one.id }, origin),
    }),
    mintExample: (teamId = ''): string =>
      muster('keys', 'create', shellQuote('nightly build'), ofTeam(teamId), '--confirm'),
    mintKey: (request: MessageInitShape<typeof CreateApiKeyRequestSchema>): CommandLines => ({
      muster: muster(
        'keys',
        'create',
        shellQuote(request.name || 'NAME'),
        ofTeam(request.teamId ?? ''),
        option('role', roles[request.role ?? KeyRole.OPERATOR]),
        request.noExpiryReason === undefined
          ? option('lifetime', seconds(request.lifetime?.seconds))
          : option('never-expires', request.noExpiryReason || 'REASON'),
        option('bind-team', request.boundTeamId),
        option('bind-host', request.boundHostId),
        '--confirm',
      ),
      curl: bufCurl(key.createApiKey, request, origin),
    }),
    rotateKey: (one: ApiKey, overlapSeconds: number): CommandLines => ({
      muster: muster('keys', 'rotate', one.id, owner(one), overlapOption(overlapSeconds), '--confirm'),
      curl: bufCurl(key.rotateApiKey, { keyId: one.id, overlap: durationOf(overlapSeconds) }, origin),
    }),
    revokeKey: (one: ApiKey): CommandLines => ({
      muster: muster('keys', 'revoke', one.id, owner(one), '--confirm'),
      curl: bufCurl(key.revokeApiKey, { keyId: one.id }, origin),
    }),
    takeOverKey: (one: ApiKey): CommandLines => ({
      muster: muster('keys', 'take-over', one.id, owner(one), '--confirm'),
      curl: bufCurl(key.takeOverApiKey, { keyId: one.id }, origin),
    }),

    identities: (teamId: string, includeRevoked: boolean): CommandLines => ({
      muster: muster('identity', 'list', option('team', teamId), includeRevoked ? '--all' : []),
      curl: bufCurl(identity.listIdentities, { teamId, includeRevoked }, origin),
    }),
    identityExample: (): string =>
      muster('identity', 'create', 'deploy-bot', '--environment', 'staging', '--scope', 'sandbox:read', '--confirm'),
    identity: (identityId: string): CommandLines => ({
      muster: muster('identity', 'inspect', identityId),
      curl: bufCurl(identity.getIdentity, { identityId }, origin),
    }),
    createIdentity: (request: MessageInitShape<typeof CreateIdentityRequestSchema>): CommandLines => ({
      muster: muster(
        'identity',
        'create',
        shellQuote(request.name || 'NAME'),
        option('team', request.teamId),
        option('environment', environments[request.environment ?? IdentityEnvironment.DEVELOPMENT]),
        option('role', roles[request.role ?? KeyRole.READ_ONLY]),
        ['--scope', ...(request.scopes ?? []).map((scope) => scopeTitles[scope])],
        option('bind-host', request.boundHostId),
        option('lifetime', seconds(request.lifetime?.seconds)),
        '--confirm',
      ),
      curl: bufCurl(identity.createIdentity, request, origin),
    }),
    createCredential: (identityId: string, lifetimeSeconds: number): CommandLines => ({
      muster: muster('identity', 'add-credential', identityId, lifetimeOption(lifetimeSeconds), '--confirm'),
      curl: bufCurl(identity.createCredential, { identityId, lifetime: durationOf(lifetimeSeconds) }, origin),
    }),
    rotateCredential: (
      identityId: string,
      credentialId: string,
      overlapSeconds: number,
      lifetimeSeconds: number,
    ): CommandLines => ({
      muster: muster(
        'identity',
        'rotate',
        identityId,
        option('credential', credentialId),
        overlapOption(overlapSeconds),
        lifetimeOption(lifetimeSeconds),
        '--confirm',
      ),
      curl: bufCurl(
        identity.rotateCredential,
        { identityId, credentialId, overlap: durationOf(overlapSeconds), lifetime: durationOf(lifetimeSeconds) },
        origin,
      ),
    }),
    pauseIdentity: (identityId: string): CommandLines => ({
      muster: muster('identity', 'pause', identityId, '--confirm'),
      curl: bufCurl(identity.pauseIdentity, { identityId }, origin),
    }),
    resumeIdentity: (identityId: string): CommandLines => ({
      muster: muster('identity', 'resume', identityId, '--confirm'),
      curl: bufCurl(identity.resumeIdentity, { identityId }, origin),
    }),
    revokeIdentity: (identityId: string): CommandLines => ({
      muster: muster('identity', 'revoke', identityId, '--confirm'),
      curl: bufCurl(identity.revokeIdentity, { identityId }, origin),
    }),

    approvals: (teamId: string, includeDecided: boolean): CommandLines => ({
      muster: muster(
        'identity',
        'approvals',
        teamId === '' ? '--all-teams' : option('team', teamId),
        includeDecided ? '--all' : [],
      ),
      curl: bufCurl(
        identity.listApprovals,
        { includeDecided, ...(teamId === '' ? { all: true } : { teamId }) },
        origin,
      ),
    }),
    approveRequest: (approvalId: string): CommandLines => ({
      muster: muster('identity', 'approve', approvalId, '--confirm'),
      curl: bufCurl(identity.approveRequest, { approvalId }, origin),
    }),
    rejectRequest: (approvalId: string): CommandLines => ({
      muster: muster('identity', 'reject', approvalId, '--confirm'),
      curl: bufCurl(identity.rejectRequest, { approvalId }, origin),
    }),
  };
}

const seconds = (amount: bigint | undefined) => (amount === undefined ? undefined : `${amount}s`);
const overlapOption = (amount: number) => option('overlap', amount === 0 ? undefined : `${amount}s`);
const lifetimeOption = (amount: number) => option('lifetime', `${amount}s`);
