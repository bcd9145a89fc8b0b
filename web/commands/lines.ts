import type { MessageInitShape } from '@bufbuild/protobuf';
import { AuditExportFormat, AuditService } from '#proto/muster/v1/audit_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { FleetService, type RegisterRepositoryRequestSchema } from '#proto/muster/v1/fleet_pb.js';
import {
  DrainAction,
  HostService,
  type CreateHostRequestSchema,
  type DrainHostRequestSchema,
} from '#proto/muster/v1/host_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { filterOf, type AuditSearch } from '../audit/filter.ts';
import type { CommandLines } from './AsCommand.tsx';
import { alertLines } from './alert-lines.ts';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { credentialLines } from './credential-lines.ts';
import { driftLines } from './drift-lines.ts';
import { fleetLines } from './fleet-lines.ts';
import { gatewayLines } from './gateway-lines.ts';
import { machineAccessLines } from './machine-access-lines.ts';
import { musterLine, option, pairs } from './muster-line.ts';
import { sandboxLifeLines } from './sandbox-life-lines.ts';
import { sandboxWorkLines } from './sandbox-work-lines.ts';
import { settingLines } from './setting-lines.ts';
import { teamLines } from './team-lines.ts';
import { testerLines } from './tester-lines.ts';

function drainWords(action: DrainAction | undefined): string[] {
  if (action === DrainAction.STOP) return ['--then', 'stop'];
  return action === DrainAction.DESTROY ? ['--then', 'destroy'] : [];
}

/**
 * The commands that do what the console's buttons do, for a console that was loaded from `origin`. One place, so that
 * they can be held against the command line itself.
 */
export function createCommandLines(origin: string) {
  const muster = musterLine(origin);

  return {
    ...alertLines(origin),
    ...teamLines(origin),
    ...credentialLines(origin),
    ...sandboxLifeLines(origin),
    ...sandboxWorkLines(origin),
    ...fleetLines(origin),
    ...driftLines(origin),
    ...settingLines(origin),
    ...machineAccessLines(origin),
    ...gatewayLines(origin),
    ...testerLines(origin),
    hosts: (): CommandLines => ({
      muster: muster('hosts', 'list'),
      curl: bufCurl(HostService.method.listHosts, {}, origin),
    }),
    host: (hostId: string): CommandLines => ({
      muster: muster('hosts', 'show', hostId),
      curl: bufCurl(HostService.method.getHost, { hostId }, origin),
    }),
    createHost: (request: MessageInitShape<typeof CreateHostRequestSchema>): CommandLines => ({
      muster: muster(
        'hosts',
        'create',
        shellQuote(request.name || 'NAME'),
        pairs('label', request.labels),
        option('team', request.teamId),
      ),
      curl: bufCurl(HostService.method.createHost, request, origin),
    }),
    createJoinToken: (hostId: string): CommandLines => ({
      muster: muster('hosts', 'join-token', hostId),
      curl: bufCurl(HostService.method.createJoinToken, { hostId }, origin),
    }),
    cordonHost: (hostId: string, reason: string): CommandLines => ({
      muster: muster('hosts', 'cordon', hostId, option('reason', reason || 'REASON')),
      curl: bufCurl(HostService.method.cordonHost, { hostId, reason }, origin),
    }),
    drainHost: (request: MessageInitShape<typeof DrainHostRequestSchema>): CommandLines => ({
      muster: muster(
        'hosts',
        'drain',
        request.hostId ?? 'HOST',
        option('reason', request.reason || 'REASON'),
        drainWords(request.action),
        option('deadline', request.deadline?.seconds === undefined ? '' : `${request.deadline.seconds}s`),
      ),
      curl: bufCurl(HostService.method.drainHost, request, origin),
    }),
    unlockHost: (hostId: string, reason: string): CommandLines => ({
      muster: muster('hosts', 'unlock', hostId, option('reason', reason || 'REASON')),
      curl: bufCurl(HostService.method.unlockHost, { hostId, reason }, origin),
    }),
    deleteHost: (hostId: string, force: boolean): CommandLines => ({
      muster: muster('hosts', 'delete', hostId, force ? '--force' : []),
      curl: bufCurl(HostService.method.deleteHost, { hostId, force }, origin),
    }),
    sandboxes: (): CommandLines => ({
      muster: muster('sandboxes', 'list'),
      curl: bufCurl(SandboxService.method.listSandboxes, {}, origin),
    }),
    sandbox: (sandboxId: string): CommandLines => ({
      muster: muster('sandboxes', 'show', sandboxId),
      curl: bufCurl(SandboxService.method.getSandbox, { sandboxId }, origin),
    }),
    renewSandbox: (sandboxId: string, seconds: number): CommandLines => ({
      muster: muster('sandboxes', 'renew', sandboxId, option('timeout', `${seconds}s`)),
      curl: bufCurl(SandboxService.method.renewSandbox, { sandboxId, timeout: { seconds: BigInt(seconds) } }, origin),
    }),
    destroySandbox: (sandboxId: string): CommandLines => ({
      muster: muster('sandboxes', 'destroy', sandboxId),
      curl: bufCurl(SandboxService.method.destroySandbox, { sandboxId }, origin),
    }),
    repositories: (): CommandLines => ({
      muster: muster('repositories', 'list'),
      curl: bufCurl(FleetService.method.listRepositories, {}, origin),
    }),
    registerRepository: (request: MessageInitShape<typeof RegisterRepositoryRequestSchema>): CommandLines => ({
      muster: muster(
        'repositories',
        'add',
        shellQuote(request.name || 'NAME'),
        shellQuote(request.url || 'ADDRESS'),
        request.branch === 'main' ? [] : option('branch', request.branch),
      ),
      curl: bufCurl(FleetService.method.registerRepository, request, origin),
    }),
    deleteRepository: (repositoryId: string): CommandLines => ({
      muster: muster('repositories', 'remove', repositoryId),
      curl: bufCurl(FleetService.method.deleteRepository, { repositoryId }, origin),
    }),
    audit: (search: AuditSearch, teamId: string): CommandLines => ({
      muster: muster('audit', 'list', auditOptions(search, teamId)),
      curl: bufCurl(AuditService.method.listAuditEvents, { teamId, filter: filterOf(search, Date.now()) }, origin),
    }),
    exportAudit: (search: AuditSearch, teamId: string): CommandLines => ({
      muster: muster('audit', 'export', auditOptions(search, teamId), '--out', 'audit.csv'),
      curl: bufCurl(
        AuditService.method.exportAuditEvents,
        { format: AuditExportFormat.CSV, teamId, filter: filterOf(search, Date.now()) },
        origin,
      ),
    }),
    verifyAudit: (): CommandLines => ({
      muster: muster('audit', 'verify', '--keep', 'checkpoints.jsonl'),
      curl: bufCurl(AuditService.method.verifyAudit, {}, origin),
    }),
    createUserToken: (): CommandLines => ({
      muster: muster('login'),
      // A token makes none: a program without one is let in by who opens the page that this answers.
      curl: bufCurl(AuthService.method.startDeviceLogin, { deviceName: 'buf curl' }, origin, { anonymous: true }),
    }),
  };
}

const hoursBack = { hour: '1h', day: '24h', week: '7d', month: '30d' } as const;

/** The filter of the audit's page, as options of `muster audit`. */
function auditOptions({ actor, action, target, outcome, range }: AuditSearch, teamId: string): string[] {
  return [
    option('actor', actor),
    option('action', action),
    option('target', target),
    option('team', teamId),
    option('outcome', outcome),
    option('since', range && hoursBack[range]),
  ].flat();
}
