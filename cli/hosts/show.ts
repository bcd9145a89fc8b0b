import { GetHostResponseSchema, type Host } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import { sayPairs } from '../output/pairs.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printFacts } from '../output/table.ts';
import { sayDuration, sayTime, sayWhen } from '../output/time.ts';
import { sayCount } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { sayDrain } from './drain.ts';
import { hostIdOf } from './find.ts';
import { hostState } from './state.ts';

/** A clock that is further off is worth a line. */
const noticeableSkewMs = 30_000;

/** Prints one host. */
export async function showHost(session: Session, nameOrId: string): Promise<void> {
  const answer = await session.hosts.getHost({ hostId: await hostIdOf(session, nameOrId) });
  if (session.json || !answer.host) return printJson(session.stdout, GetHostResponseSchema, answer);
  printFacts(session.stdout, [...identity(answer.host), ...machine(answer.host), ...capacity(answer.host)]);
}

function identity(host: Host): [string, string][] {
  return [
    ['Name', host.name],
    ['Id', host.id],
    ['Owner', host.teamName || 'platform'],
    ['State', hostState(host)],
    ['Cordoned', host.cordonReason],
    ['Drain', sayDrain(host.drain)],
    ['Quarantined', host.quarantined ? `${host.quarantineReason} (${sayWhen(host.quarantinedAt)})` : ''],
    ['Key', host.identity?.keyFingerprint ?? ''],
    ['Rotated', rotations(host)],
    ['Labels', sayPairs(host.labels)],
    ['Last seen', sayWhen(host.lastSeenAt)],
    ['Created', sayTime(host.createdAt)],
    ['Joined', sayTime(host.joinedAt)],
    ['Join token', host.joinTokenExpiresAt ? `unused, ends ${sayWhen(host.joinTokenExpiresAt)}` : ''],
    ['Clock', clock(Number(host.clockSkewMs))],
    ['Reconciled', host.lastReconcile && `${host.lastReconcile} (${sayWhen(host.lastReconciledAt)})`],
  ];
}

function rotations({ identity }: Host): string {
  if (!identity) return '';
  const last = identity.lastRotatedAt ? `, last ${sayWhen(identity.lastRotatedAt)}` : '';
  return `${sayCount(identity.rotations, 'time')}${last}; ${sayCount(identity.families, 'enrolment')}`;
}

function clock(skewMs: number): string {
  if (Math.abs(skewMs) < noticeableSkewMs) return '';
  return `${sayDuration(Math.abs(skewMs) / 1000)} ${skewMs > 0 ? 'ahead' : 'behind'}`;
}

function machine({ specs }: Host): [string, string][] {
  if (!specs) return [];
  return [
    ['Machine', [specs.hostname, specs.os, specs.arch].filter(Boolean).join(', ')],
    ['Kernel', specs.kernel],
    ['Agent', [specs.agentVersion, specs.agentSha.slice(0, 12)].filter(Boolean).join(', ')],
    ['Runtime', specs.runtime || `none: ${specs.runtimeProblem}`],
    ['Network', specs.egress ? 'none, egress' : ['none', specs.egressProblem].filter(Boolean).join(' only: ')],
    ...(specs.missingBuilders.length > 0
      ? [['Cannot build', `all templates: lacks ${specs.missingBuilders.join(', ')}`] satisfies [string, string]]
      : []),
    ['Templates', specs.templates.join(', ') || 'none ready yet'],
  ];
}

function capacity({ specs, usage, overcommit }: Host): [string, string][] {
  if (!specs || !usage) return [];
  const times = (factor: number | undefined) => (factor === undefined || factor === 1 ? '' : ` × ${trimmed(factor)}`);
  return [
    ['Sandboxes', String(usage.sandboxes)],
    ['CPU', `${trimmed(usage.cpu)} promised of ${specs.cpus}${times(overcommit?.cpu)}`],
    ['Memory', `${sayMib(usage.memoryMib)} promised of ${sayMib(specs.memoryMib)}${times(overcommit?.memory)}`],
    ['Disk', `${sayMib(usage.diskMib)} promised of ${sayMib(specs.diskMib)}${times(overcommit?.disk)}`],
  ];
}
