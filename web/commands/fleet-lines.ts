import type { MessageInitShape } from '@bufbuild/protobuf';
import { OfflinePolicy, RolloutService, type CreateRolloutRequestSchema } from '#proto/muster/v1/rollout_pb.js';
import { FleetExportFormat, FleetService, type UpdateRepositoryRequestSchema } from '#proto/muster/v1/fleet_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option, pairs } from './muster-line.ts';

type NewRollout = Exclude<MessageInitShape<typeof CreateRolloutRequestSchema>, { $typeName: string }>;

/** With words where secrets stand: those do not belong into a line that shells remember. */
const credentialRequest = (kind: 'token' | 'key'): MessageInitShape<typeof UpdateRepositoryRequestSchema> => ({
  repositoryId: 'REPOSITORY',
  credential:
    kind === 'token'
      ? { case: 'token', value: { token: 'TOKEN' } }
      : { case: 'sshKey', value: { privateKey: 'KEY', knownHosts: 'HOSTS' } },
});

/** How long a gate waits, where nobody said otherwise. */
const waitSeconds = 900n;

/** What is done with the fleet. */
export function fleetLines(origin: string) {
  const muster = musterLine(origin);
  return {
    fleet: (): CommandLines => ({ muster: muster('fleet'), curl: bufCurl(FleetService.method.getFleet, {}, origin) }),
    component: (repository: string, component: string): CommandLines => ({
      muster: muster('fleet', 'assert', option('repository', repository), option('component', component)),
      curl: bufCurl(FleetService.method.getFleet, { repository, component }, origin),
    }),
    waitForFleet: (repository: string): CommandLines => ({
      muster: muster('fleet', 'wait', option('repository', repository || 'NAME'), option('wait', `${waitSeconds}s`)),
      curl: bufCurl(FleetService.method.assertFleet, { repository, wait: { seconds: waitSeconds } }, origin),
    }),
    exportFleet: (repository: string): CommandLines => ({
      muster: muster('fleet', 'export', option('repository', repository || undefined), option('out', 'fleet.csv')),
      curl: bufCurl(FleetService.method.exportFleet, { format: FleetExportFormat.CSV, repository }, origin),
    }),
    repositoryCredential: (name: string, kind: 'token' | 'key'): CommandLines => ({
      muster:
        kind === 'token'
          ? `printf %s "$TOKEN" | ${muster('repositories', 'credential', shellQuote(name), option('username', 'bot'))}`
          : muster(
              'repositories',
              'credential',
              shellQuote(name),
              option('ssh-key', 'deploy'),
              option('known-hosts', 'hosts'),
            ),
      curl: bufCurl(FleetService.method.updateRepository, credentialRequest(kind), origin),
    }),
    trustKey: (name: string, repositoryId: string): CommandLines => ({
      muster: muster('repositories', 'trust-key', shellQuote(name), 'ci.pem', option('name', 'pipeline')),
      curl: bufCurl(
        FleetService.method.addProvenanceKey,
        { repositoryId, name: 'pipeline', publicKey: '-----BEGIN PUBLIC KEY-----…' },
        origin,
      ),
    }),
    history: (hostId: string, component: string): CommandLines => ({
      muster: muster('fleet', 'history', hostId, option('component', component)),
      curl: bufCurl(FleetService.method.listHistory, { hostId, component }, origin),
    }),
    rollouts: (): CommandLines => ({
      muster: muster('rollouts', 'list'),
      curl: bufCurl(RolloutService.method.listRollouts, {}, origin),
    }),
    rollout: (rolloutId: string): CommandLines => ({
      muster: muster('rollouts', 'watch', rolloutId),
      curl: bufCurl(RolloutService.method.getRollout, { rolloutId }, origin),
    }),
    createRollout: (request: NewRollout): CommandLines => ({
      muster: muster(
        'rollouts',
        'create',
        ...(request.components?.length ? request.components.map(shellQuote) : ['COMPONENT']),
        option('repository', request.repository || 'NAME'),
        rolloutOptions(request),
        '--watch',
      ),
      curl: bufCurl(RolloutService.method.createRollout, request, origin),
    }),
    abortRollout: (rolloutId: string): CommandLines => ({
      muster: muster('rollouts', 'abort', rolloutId),
      curl: bufCurl(RolloutService.method.abortRollout, { rolloutId }, origin),
    }),
    pinComponent: (hostId: string, component: string, sha: string, reason: string): CommandLines => ({
      muster: muster(
        'fleet',
        'pin',
        hostId,
        shellQuote(component),
        shellQuote(sha || 'COMMIT'),
        option('reason', reason || 'REASON'),
      ),
      curl: bufCurl(FleetService.method.pinComponent, { hostId, component, sha, reason }, origin),
    }),
  };
}

const daySeconds = 86_400n;
const twoMinutes = 120n;

/** What of a rollout differs from what `muster rollouts create` does by itself. */
function rolloutOptions(wanted: NewRollout): string[] {
  const { targetSha, selection, strategy, supersede, includePinned, reason } = wanted;
  const number = (name: string, value: number | undefined) => option(name, value ? String(value) : undefined);
  const time = (name: string, value: { seconds?: bigint } | undefined, usual: bigint) =>
    value?.seconds === undefined || value.seconds === usual ? [] : option(name, `${value.seconds}s`);
  return [
    option('sha', targetSha),
    (selection?.hostIds ?? []).flatMap((id) => option('host', id)),
    pairs('label', selection?.labels),
    selection?.all ? ['--all'] : [],
    number('canary', strategy?.canaryHosts),
    number('batch', strategy?.batchSize),
    time('soak', strategy?.soak, 0n),
    number('max-failures', strategy?.maxFailures),
    strategy?.offline === OfflinePolicy.SKIP
      ? ['--skip-offline']
      : time('catch-up-for', strategy?.catchUpFor, daySeconds),
    time('verify-within', strategy?.verifyWithin, twoMinutes),
    strategy?.returnOnFailure ? ['--return-on-failure'] : [],
    supersede ? ['--supersede'] : [],
    includePinned ? ['--include-pinned'] : [],
    option('reason', reason),
  ].flat();
}
