import type { MessageInitShape } from '@bufbuild/protobuf';
import { EgressAction, EgressDefault, EgressProtocol, type EgressPolicySchema } from '#proto/muster/v1/network_pb.js';
import {
  ExpiryAction,
  NetworkMode,
  OnDisconnect,
  SandboxService,
  type CreateSandboxRequestSchema,
  type UpdateSandboxMetadataRequestSchema,
  type UpdateSandboxNetworkRequestSchema,
} from '#proto/muster/v1/sandbox_pb.js';
import {
  SnapshotService,
  type CreateSnapshotRequestSchema,
  type ForkSandboxRequestSchema,
  type ListSnapshotsRequestSchema,
} from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService, type CreateTemplateRequestSchema } from '#proto/muster/v1/template_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option, pairs } from './muster-line.ts';

/** The commands that begin, change and keep sandboxes: creation, states, network, snapshots, templates. */
export function sandboxLifeLines(origin: string) {
  const muster = musterLine(origin);
  const changes = {
    pause: (sandboxId: string) => bufCurl(SandboxService.method.pauseSandbox, { sandboxId }, origin),
    resume: (sandboxId: string) => bufCurl(SandboxService.method.resumeSandbox, { sandboxId }, origin),
    stop: (sandboxId: string) => bufCurl(SandboxService.method.stopSandbox, { sandboxId }, origin),
    start: (sandboxId: string) => bufCurl(SandboxService.method.startSandbox, { sandboxId }, origin),
    destroy: (sandboxId: string) => bufCurl(SandboxService.method.destroySandbox, { sandboxId }, origin),
  };

  return {
    createSandbox: (request: MessageInitShape<typeof CreateSandboxRequestSchema>): CommandLines => ({
      ...whereSayable(request.egress, () => muster('sandboxes', 'create', createOptions(request))),
      curl: bufCurl(SandboxService.method.createSandbox, request, origin),
    }),
    eachSandbox: (change: keyof typeof changes, ids: readonly string[]): CommandLines => ({
      muster:
        change === 'destroy'
          ? muster('sandboxes', 'destroy', ids)
          : ids.map((id) => muster('sandboxes', change, id)).join('\n'),
      curl: ids.map(changes[change]).join('\n'),
    }),
    setNetwork: (request: MessageInitShape<typeof UpdateSandboxNetworkRequestSchema>): CommandLines => ({
      ...whereSayable(request.egress, () =>
        muster('sandboxes', 'network', request.sandboxId ?? '', networkOptions(request)),
      ),
      curl: bufCurl(SandboxService.method.updateSandboxNetwork, request, origin),
    }),
    setMetadata: (request: MessageInitShape<typeof UpdateSandboxMetadataRequestSchema>): CommandLines => ({
      muster: muster(
        'sandboxes',
        'metadata',
        request.sandboxId ?? '',
        pairs('set', request.set),
        (request.remove ?? []).flatMap((key) => option('remove', key)),
      ),
      curl: bufCurl(SandboxService.method.updateSandboxMetadata, request, origin),
    }),
    metrics: (sandboxId: string): CommandLines => ({
      curl: bufCurl(SandboxService.method.getMetrics, { sandboxId }, origin),
    }),
    logs: (sandboxId: string): CommandLines => ({
      curl: bufCurl(SandboxService.method.getLogs, { sandboxId }, origin),
    }),
    createSnapshot: (request: MessageInitShape<typeof CreateSnapshotRequestSchema>): CommandLines => ({
      muster: muster('sandboxes', 'snapshot', request.sandboxId ?? '', option('name', request.name)),
      curl: bufCurl(SnapshotService.method.createSnapshot, request, origin),
    }),
    forkSandbox: (request: MessageInitShape<typeof ForkSandboxRequestSchema>): CommandLines => ({
      muster: muster(
        'sandboxes',
        'fork',
        request.sandboxId ?? '',
        option('count', request.count === 1 ? undefined : String(request.count)),
        option('snapshot', request.snapshotId),
        pairs('metadata', request.metadata),
        option('timeout', lifetime(request.timeout?.seconds)),
      ),
      curl: bufCurl(SnapshotService.method.forkSandbox, request, origin),
    }),
    snapshots: (request: MessageInitShape<typeof ListSnapshotsRequestSchema>): CommandLines => ({
      muster: muster('snapshots', 'list', option('sandbox', request.sandboxId)),
      curl: bufCurl(SnapshotService.method.listSnapshots, request, origin),
    }),
    deleteSnapshot: (snapshotId: string): CommandLines => ({
      muster: muster('snapshots', 'delete', snapshotId),
      curl: bufCurl(SnapshotService.method.deleteSnapshot, { snapshotId }, origin),
    }),
    templates: (): CommandLines => ({
      muster: muster('templates', 'list'),
      curl: bufCurl(TemplateService.method.listTemplates, {}, origin),
    }),
    createTemplate: (
      request: MessageInitShape<typeof CreateTemplateRequestSchema>,
      tarball: string | undefined,
    ): CommandLines => ({
      muster: muster('templates', 'create', shellQuote(request.name || 'NAME'), sourceOptions(request.source, tarball)),
      curl: bufCurl(TemplateService.method.createTemplate, request, origin),
    }),
    deleteTemplate: (templateId: string): CommandLines => ({
      muster: muster('templates', 'delete', templateId),
      curl: bufCurl(TemplateService.method.deleteTemplate, { templateId }, origin),
    }),
  };
}

type Egress = MessageInitShape<typeof EgressPolicySchema> | undefined;

/** The command line puts rules that deny first: a policy in another order it cannot say. */
function whereSayable(egress: Egress, line: () => string): { muster?: string } {
  const actions = egress?.rules?.map(({ action }) => action) ?? [];
  const firstAllow = actions.indexOf(EgressAction.ALLOW);
  return firstAllow >= 0 && actions.lastIndexOf(EgressAction.DENY) > firstAllow ? {} : { muster: line() };
}

/** What differs from the defaults, as options of `muster sandboxes create`. */
function createOptions(request: MessageInitShape<typeof CreateSandboxRequestSchema>): string[] {
  const { template, limits, timeout, onExpiry, onDisconnect, metadata, env, hostLabels } = request;
  return [
    option('template', unless(template, 'base')),
    option('cpu', unless(limits?.cpu, 1)),
    option('memory', unless(limits?.memoryMib, 512)),
    option('disk', unless(limits?.diskMib, 2048)),
    option('pids', unless(limits?.pids, 1024)),
    request.noExpiry === true ? ['--no-expiry'] : option('timeout', lifetime(timeout?.seconds)),
    option('on-expiry', onExpiry === undefined ? undefined : expiryWords[onExpiry]),
    option('auto-renew', request.autoRenew?.seconds === undefined ? undefined : `${request.autoRenew.seconds}s`),
    request.autoResume === true ? ['--auto-resume'] : [],
    option('on-disconnect', onDisconnect === OnDisconnect.KEEP ? 'keep' : undefined),
    networkOptions(request),
    pairs('metadata', metadata),
    pairs('env', env),
    pairs('host-label', hostLabels),
  ].flat();
}

const expiryWords: Readonly<Record<ExpiryAction, string | undefined>> = {
  [ExpiryAction.UNSPECIFIED]: undefined,
  [ExpiryAction.DESTROY]: undefined,
  [ExpiryAction.STOP]: 'stop',
  [ExpiryAction.PAUSE]: 'pause',
};

function networkOptions({ network, egress }: { network?: NetworkMode; egress?: Egress }): string[] {
  const mode = network === NetworkMode.NONE ? 'none' : network === NetworkMode.EGRESS ? 'egress' : undefined;
  return [
    option('network', mode),
    option('egress-default', egress?.default === EgressDefault.DENY ? 'deny' : undefined),
    (egress?.rules ?? []).flatMap((rule) =>
      option(rule.action === EgressAction.DENY ? 'deny' : 'allow', ruleWord(rule)),
    ),
    egress?.resolveNames === true ? ['--resolve-names'] : [],
  ].flat();
}

type Rule = NonNullable<NonNullable<Egress>['rules']>[number];

const protocolWords: Readonly<Record<EgressProtocol, string>> = {
  [EgressProtocol.UNSPECIFIED]: '',
  [EgressProtocol.TCP]: '/tcp',
  [EgressProtocol.UDP]: '/udp',
};

/** `203.0.113.0/24:80,8000-8999/tcp`. */
function ruleWord({ cidr = '', ports = [], protocol = EgressProtocol.UNSPECIFIED }: Rule): string {
  const ranges = ports.map(({ first, last }) => (last ? `${first}-${last}` : String(first)));
  return `${cidr}${ranges.length > 0 ? `:${ranges.join(',')}` : ''}${protocolWords[protocol]}`;
}

function sourceOptions(
  source: MessageInitShape<typeof CreateTemplateRequestSchema>['source'],
  tarball: string | undefined,
): string[] {
  switch (source?.case) {
    case 'ociImage':
      return [
        option('image', source.value.reference || 'IMAGE'),
        option('username', source.value.username),
        source.value.insecure === true ? ['--insecure'] : [],
      ].flat();
    case 'debianPackages':
      return option('packages', source.value.packages?.join(',') || 'NAMES');
    case 'snapshotId':
      return option('snapshot', source.value || 'SNAPSHOT');
    default:
      return option('tarball', tarball ?? 'FILE');
  }
}

const lifetime = (seconds: bigint | undefined): string | undefined =>
  seconds === undefined || seconds === 3600n ? undefined : `${seconds}s`;

const unless = <Value extends string | number>(value: Value | undefined, usual: Value): string | undefined =>
  value === undefined || value === usual ? undefined : String(value);
