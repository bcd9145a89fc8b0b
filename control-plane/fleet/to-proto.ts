import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ComponentState,
  type CommitSchema,
  type FleetComponentSchema,
  type FleetHostSchema,
  type FleetSummarySchema,
  type PinSchema,
  type RepositorySchema,
  ForgeKind,
  HeadSource,
  RepositoryCredentialKind,
} from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { buildSourceToProto } from './build-source.ts';
import type { Pin } from './pins/store.ts';
import { keyToProto } from './provenance/methods.ts';
import { forgeOf, type ForgeName } from './repositories/forge.ts';
import type { HeadSourceName } from './repositories/store.ts';
import type { Scope } from './scope.ts';
import { countStates, summarise } from './summary.ts';
import type { CommitView, ComponentView, FleetView, HostView, RepositoryView } from './views.ts';

const time = (at: Date | null | undefined) => (at ? timestampFromDate(at) : undefined);

const hostStatuses = { online: HostStatus.ONLINE, unreachable: HostStatus.UNREACHABLE } as const;

/** How a commit is shown: many components run the same one, so that it may be made once. */
export type CommitToProto = (commit: CommitView) => MessageInitShape<typeof CommitSchema>;

export const commitToProto = ({
  sha,
  subject = '',
  author = '',
  committedAt,
  url,
}: CommitView): MessageInitShape<typeof CommitSchema> => ({
  sha,
  subject,
  author,
  committedAt: time(committedAt),
  url,
});

export const repositoryToProto = (repository: RepositoryView): MessageInitShape<typeof RepositorySchema> => ({
  id: repository.id,
  name: repository.name,
  url: repository.url,
  branch: repository.branch,
  head: repository.head && commitToProto(repository.head),
  headObservedAt: time(repository.headObservedAt),
  fetchedAt: time(repository.fetchedAt),
  fetchError: repository.fetchError,
  headKnown: repository.headKnown,
  published: repository.published,
  requireProvenance: repository.requireProvenance,
  provenanceKeys: repository.provenanceKeys.map(keyToProto),
  forgeKind: forgeKinds[forgeOf(repository) ?? 'unknown'],
  credentialKind: credentialKinds[repository.credentialKind ?? 'none'],
  webhook: repository.webhookCreatedAt
    ? {
        url: repository.webhookUrl,
        createdAt: time(repository.webhookCreatedAt),
        lastDeliveryAt: time(repository.webhookDeliveredAt),
        lastEvent: repository.webhookEvent,
        lastRefusedAt: time(repository.webhookRefusedAt),
      }
    : undefined,
});

const credentialKinds = {
  none: RepositoryCredentialKind.UNSPECIFIED,
  token: RepositoryCredentialKind.TOKEN,
  ssh_key: RepositoryCredentialKind.SSH_KEY,
} as const;

const forgeKinds = {
  unknown: ForgeKind.UNSPECIFIED,
  github: ForgeKind.GITHUB,
  gitea: ForgeKind.GITEA,
  forgejo: ForgeKind.FORGEJO,
  gitlab: ForgeKind.GITLAB,
} as const satisfies Record<ForgeName | 'unknown', ForgeKind>;

/** Undefined for one that is not said. */
export const forgeName = (kind: ForgeKind): ForgeName | undefined =>
  (['github', 'gitea', 'forgejo', 'gitlab'] as const).find((name) => forgeKinds[name] === kind);

const headSources = {
  poll: HeadSource.POLL,
  webhook: HeadSource.WEBHOOK,
  published: HeadSource.PUBLISHED,
} satisfies Record<HeadSourceName, HeadSource>;

export const headSourceToProto = (source: HeadSourceName): HeadSource => headSources[source];

export const componentToProto = (
  view: ComponentView,
  toCommit: CommitToProto = commitToProto,
): MessageInitShape<typeof FleetComponentSchema> => {
  const { report } = view;
  return {
    component: report.component,
    repository: report.repository,
    state: view.state,
    sentence: view.sentence,
    nextStep: view.nextStep,
    running: view.running && toCommit(view.running),
    onDisk: view.onDisk && toCommit(view.onDisk),
    target: view.target && toCommit(view.target),
    behind: view.behind,
    ahead: view.ahead,
    behindSince: time(view.behindSince),
    dirty: report.dirty,
    buildSource: buildSourceToProto(report.buildSource),
    evidence: view.evidence,
    builtAt: time(report.builtAt),
    startedAt: time(report.startedAt),
    reportedAt: time(report.reportedAt),
    compareUrl: view.compareUrl,
    probeError: report.probeError,
    pin: view.pin && pinToProto(view.pin),
    artifactSha256: report.artifactSha256 ?? '',
  };
};

export const pinToProto = (pin: Pin): MessageInitShape<typeof PinSchema> => ({
  sha: pin.sha,
  reason: pin.reason,
  pinnedBy: pin.pinnedBy,
  pinnedByName: pin.pinnedByName,
  pinnedAt: time(pin.pinnedAt),
  until: time(pin.until),
});

export const hostToProto = (
  host: HostView,
  toCommit: CommitToProto = commitToProto,
): MessageInitShape<typeof FleetHostSchema> => ({
  hostId: host.id,
  hostName: host.name,
  status: hostStatuses[host.status],
  lastSeenAt: time(host.lastSeenAt),
  state: host.state,
  components: host.components.map((one) => componentToProto(one, toCommit)),
  labels: host.labels,
  teamName: host.teamName ?? '',
  reportsRefusedAt: time(host.reportsRefusedAt),
});

export function summaryToProto(
  view: FleetView,
  hosts: readonly HostView[],
  scope: Scope,
): MessageInitShape<typeof FleetSummarySchema> {
  const repositories = view.repositories.filter(({ name }) => scope.concerns(name));
  // Of repositories that nothing is built from, the sentence need not speak.
  const named = new Set<string>();
  for (const { components } of hosts) for (const { report } of components) named.add(report.repository);
  const used = repositories.filter(({ name }) => named.has(name));
  return {
    sentence: summarise(
      hosts,
      (used.length > 0 ? used : repositories).map(({ branch }) => branch),
      view.at,
    ),
    currentHosts: hosts.filter(({ state }) => state === ComponentState.CURRENT).length,
    totalHosts: hosts.length,
    counts: countStates(hosts),
    repositories: view.repositories.map(repositoryToProto),
    staleAfter: durationFromMs(view.staleAfterMs),
  };
}
