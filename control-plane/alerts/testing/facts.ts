import { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import type { HostView } from '../../fleet/index.ts';
import type { Facts } from '../facts.ts';

export const headSha = 'a'.repeat(40);
export const nextSha = 'b'.repeat(40);

interface HostFacts {
  readonly state?: ComponentState;
  readonly status?: HostView['status'];
  readonly head?: string;
  readonly behindSince?: Date;
  readonly repository?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A fleet with one component on each host, as it is judged. */
export function factsOf(at: Date, hosts: Readonly<Record<string, HostFacts>>, more: Partial<Facts> = {}): Facts {
  const views = Object.entries(hosts).map(([name, facts]) => hostView(name, facts, at));
  return {
    at,
    hosts: new Map(views.map((view) => [view.id, view])),
    rewritten: [],
    failedRollouts: [],
    silentSandboxes: [],
    disruption: undefined,
    troubles: [],
    driftSince: undefined,
    certificates: [],
    inGrace: false,
    ...more,
  };
}

function hostView(name: string, facts: HostFacts, at: Date): HostView {
  const { state = ComponentState.CURRENT, status = 'online', head = headSha, behindSince, repository = 'app' } = facts;
  const report = {
    component: 'web',
    repository,
    runningSha: head,
    worktreeSha: '',
    dirty: false,
    buildSource: 'baked',
    builtAt: null,
    startedAt: null,
    probeError: '',
    reportedAt: at,
  } as const;
  return {
    id: `host${name}`,
    name,
    teamId: null,
    status,
    labels: facts.labels ?? {},
    lastSeenAt: at,
    readAt: at,
    state,
    behindSince,
    components: [
      {
        state,
        sentence: `It is ${ComponentState[state]}.`,
        nextStep: '',
        report,
        running: undefined,
        onDisk: undefined,
        target: { sha: head, url: '' },
        behind: 0,
        ahead: 0,
        behindSince,
        compareUrl: '',
        evidence: Evidence.SELF_REPORTED,
        pin: undefined,
      },
    ],
  };
}
