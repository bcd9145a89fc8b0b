import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { authorize, type Action } from '../access/index.ts';
import { auditEventToProto, recentEvents } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { scopeFrom } from '../credentials/index.ts';
import { invalidField, notAllowed } from '../errors.ts';
import { visibleHost } from '../hosts/index.ts';
import { spend } from '../limits/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { teamVisibility } from '../teams/index.ts';
import { listApprovals } from './approval-store.ts';
import { createIdentity } from './create.ts';
import { addCredential, credentialsOf, defaultLifetimeMs, rotateCredential } from './credentials.ts';
import { approve, reject } from './decide.ts';
import { teamOf, visibleApproval, visibleIdentity } from './find.ts';
import type { Identity } from './identity.ts';
import { pauseIdentity, resumeIdentity, revokeIdentity } from './life.ts';
import { listIdentities } from './store.ts';
import { approvalToProto, credentialToProto, environmentFrom, identityToProto } from './to-proto.ts';

const place = [/^\d{1,18}$/, /^[a-z0-9]{1,40}$/];
const shownEvents = 20;

export function identityRoutes(router: ConnectRouter): void {
  router.service(IdentityService, {
    async createIdentity(request, { values }) {
      const context = values.get(requestContext);
      const teamId = await teamOf(context, request.teamId);
      authorize(context.caller, 'identity.manage', { teamId });
      const { boundHostId, lifetime } = request;
      if (boundHostId !== '') await visibleHost(context, boundHostId);
      const wanted = {
        teamId,
        name: request.name,
        environment: environmentFrom(request.environment),
        role: request.role === KeyRole.OPERATOR ? 'operator' : 'read_only',
        scopes: request.scopes.flatMap(scopeFrom),
        boundHostId,
        lifetimeMs: lifetime && durationMs(lifetime),
        requestId: request.requestId,
      } as const;
      await spend(context, 'mint', context.caller.actor);
      const outcome = await createIdentity(context, wanted, request.dryRun);
      if ('waiting' in outcome) return { approval: approvalToProto(outcome.waiting, context.caller) };
      const { identity, credential, secret } = outcome.result;
      return {
        identity: identityToProto(identity, context.caller),
        credential: credentialToProto(credential),
        secret: secret?.reveal() ?? '',
      };
    },

    async listIdentities({ teamId: asked, includeRevoked, pageSize: size, pageToken }, { values }) {
      const context = values.get(requestContext);
      const teamId = await teamOf(context, asked);
      authorize(context.caller, 'identity.read', { teamId });
      const limit = pageSize(size);
      const filter = { teamId, revoked: includeRevoked, after: placeFrom(pageToken, place), limit: limit + 1 };
      const rows = await listIdentities(context.sql, filter);
      const page = pageOf(rows, limit, ({ createdMicros, id }) => [createdMicros, id]);
      return {
        identities: page.rows.map((identity) => identityToProto(identity, context.caller)),
        nextPageToken: page.nextPageToken,
      };
    },

    async getIdentity({ identityId }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.read');
      const about = { actor: `identity:${identityId}`, target: identityId, limit: shownEvents };
      const [credentials, events] = await Promise.all([
        credentialsOf(context, identityId),
        recentEvents(context.sql, about),
      ]);
      return {
        identity: identityToProto(identity, context.caller),
        credentials: credentials.map(credentialToProto),
        events: events.map(auditEventToProto),
      };
    },

    async createCredential({ identityId, lifetime, requestId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.manage');
      await spend(context, 'mint', context.caller.actor);
      const lifetimeMs = lifetime ? durationMs(lifetime) : defaultLifetimeMs;
      const outcome = await addCredential(context, identity, { lifetimeMs, requestId }, dryRun);
      if ('waiting' in outcome) return { approval: approvalToProto(outcome.waiting, context.caller) };
      const { credential, secret } = outcome.result;
      return { credential: credentialToProto(credential), secret: secret?.reveal() ?? '' };
    },

    async rotateCredential({ identityId, credentialId, overlap, lifetime, dryRun }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.manage');
      await spend(context, 'mint', context.caller.actor);
      const rotation = {
        credentialId,
        overlapMs: overlap ? durationMs(overlap) : 0,
        lifetimeMs: lifetime ? durationMs(lifetime) : defaultLifetimeMs,
      };
      const outcome = await rotateCredential(context, identity, rotation, dryRun);
      if ('waiting' in outcome) return { approval: approvalToProto(outcome.waiting, context.caller) };
      const { credential, replaced, secret } = outcome.result;
      return {
        credential: credentialToProto(credential),
        replaced: credentialToProto(replaced),
        secret: secret?.reveal() ?? '',
      };
    },

    async pauseIdentity({ identityId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.stop');
      return { identity: identityToProto(await pauseIdentity(context, identity, dryRun), context.caller) };
    },

    async resumeIdentity({ identityId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.manage');
      const outcome = await resumeIdentity(context, identity, dryRun);
      return 'waiting' in outcome
        ? {
            identity: identityToProto(identity, context.caller),
            approval: approvalToProto(outcome.waiting, context.caller),
          }
        : { identity: identityToProto(outcome.result, context.caller) };
    },

    async revokeIdentity({ identityId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const identity = await allowedIdentity(context, identityId, 'identity.stop');
      return { identity: identityToProto(await revokeIdentity(context, identity, dryRun), context.caller) };
    },

    async listApprovals({ teamId: asked, all, includeDecided, pageSize: size, pageToken }, { values }) {
      const context = values.get(requestContext);
      if (all) requireAll(context, asked);
      const teamId = all ? undefined : await teamOf(context, asked);
      authorize(context.caller, 'approval.read', { teamId });
      const limit = pageSize(size);
      const filter = { teamId, decided: includeDecided, after: placeFrom(pageToken, place), limit: limit + 1 };
      const rows = await listApprovals(context.sql, filter);
      const page = pageOf(rows, limit, ({ requestedMicros, id }) => [requestedMicros, id]);
      return {
        approvals: page.rows.map((approval) => approvalToProto(approval, context.caller)),
        nextPageToken: page.nextPageToken,
      };
    },

    async approveRequest({ approvalId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const approval = await visibleApproval(context, approvalId);
      authorize(context.caller, 'approval.approve', { teamId: approval.teamId });
      return { approval: approvalToProto(await approve(context, approval, dryRun), context.caller) };
    },

    async rejectRequest({ approvalId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const approval = await visibleApproval(context, approvalId);
      authorize(context.caller, 'approval.reject', { teamId: approval.teamId });
      return { approval: approvalToProto(await reject(context, approval, dryRun), context.caller) };
    },
  });
}

/** The identity, if the caller may see it and do this with it. */
async function allowedIdentity(context: Context, id: string, action: Action): Promise<Identity> {
  const identity = await visibleIdentity(context, id);
  authorize(context.caller, action, { teamId: identity.teamId });
  return identity;
}

/** Throws unless the caller may see the requests of all teams. */
function requireAll({ caller }: Context, askedTeamId: string): void {
  if (askedTeamId !== '') throw invalidField('team_id', 'Name a team, or ask for all, not both.');
  if (!teamVisibility(caller).all) throw notAllowed('Only a platform admin may list the requests of all teams.');
}
