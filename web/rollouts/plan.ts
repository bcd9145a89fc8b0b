import type { MessageInitShape } from '@bufbuild/protobuf';
import { OfflinePolicy, type CreateRolloutRequestSchema } from '#proto/muster/v1/rollout_pb.js';
import { pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';

/** Which hosts: all of them, those with labels, or some by name. */
export type Reach = 'all' | 'labels' | 'hosts';

/** What stands in the form. The names are those of the request, so that its errors find their fields. */
export interface RolloutPlan extends Record<string, unknown> {
  readonly repository: string;
  readonly components: readonly string[];
  /** Empty: the branch's head as it is when it begins. */
  readonly target_sha: string;
  readonly reach: Reach;
  readonly labels: readonly Pair[];
  readonly hostIds: readonly string[];
  readonly canary_hosts: number;
  readonly batch_size: number;
  readonly soakMinutes: number;
  readonly max_failures: number;
  readonly offline: 'catch-up' | 'skip';
  readonly catchUpHours: number;
  readonly verifyMinutes: number;
  readonly return_on_failure: boolean;
  readonly supersede: boolean;
  readonly include_pinned: boolean;
  readonly reason: string;
}

/** A careful beginning: one host first, then five at a time. */
export const newPlan: RolloutPlan = {
  repository: '',
  components: [],
  target_sha: '',
  reach: 'all',
  labels: [],
  hostIds: [],
  canary_hosts: 1,
  batch_size: 5,
  soakMinutes: 0,
  max_failures: 0,
  offline: 'catch-up',
  catchUpHours: 24,
  verifyMinutes: 2,
  return_on_failure: false,
  supersede: false,
  include_pinned: false,
  reason: '',
};

type Request = MessageInitShape<typeof CreateRolloutRequestSchema>;

/** The plan as the call takes it. */
export function toRequest(plan: RolloutPlan): Exclude<Request, { $typeName: string }> {
  const { reach, offline } = plan;
  return {
    repository: plan.repository,
    components: [...plan.components],
    targetSha: plan.target_sha.trim(),
    selection: {
      all: reach === 'all',
      labels: reach === 'labels' ? pairsToMap(plan.labels) : {},
      hostIds: reach === 'hosts' ? [...plan.hostIds] : [],
    },
    strategy: {
      canaryHosts: plan.canary_hosts,
      batchSize: plan.batch_size,
      soak: { seconds: seconds(plan.soakMinutes, 60) },
      maxFailures: plan.max_failures,
      offline: offline === 'skip' ? OfflinePolicy.SKIP : OfflinePolicy.CATCH_UP,
      catchUpFor: { seconds: seconds(plan.catchUpHours, 3600) },
      verifyWithin: { seconds: seconds(plan.verifyMinutes, 60) },
      returnOnFailure: plan.return_on_failure,
    },
    supersede: plan.supersede,
    includePinned: plan.include_pinned,
    reason: plan.reason.trim(),
  };
}

const seconds = (value: number, unit: number): bigint => BigInt(Math.round(value * unit));

const count = (value: number, most: number): string | undefined =>
  Number.isInteger(value) && value >= 0 && value <= most ? undefined : `Give a whole number from 0 to ${most}.`;
const between = (value: number, least: number, most: number): string | undefined =>
  value >= least && value <= most ? undefined : `Give a number from ${least} to ${most}.`;

type Wrong = { [Name in keyof RolloutPlan]?: string | undefined };

/** What can be seen to be wrong before anything is asked. */
export function checkPlan(plan: RolloutPlan): Wrong {
  const sha = plan.target_sha.trim();
  return {
    repository: plan.repository === '' ? 'Choose what the components are built from.' : undefined,
    components: plan.components.length === 0 ? 'Choose at least one component.' : undefined,
    target_sha: /^([0-9a-f]{40}|[0-9a-f]{64})?$/.test(sha)
      ? undefined
      : 'Give the full commit id, as git rev-parse prints it: a short one may stand for another commit tomorrow.',
    labels: plan.reach === 'labels' ? labelsError(plan.labels) : undefined,
    hostIds: plan.reach === 'hosts' && plan.hostIds.length === 0 ? 'Choose at least one host.' : undefined,
    canary_hosts: count(plan.canary_hosts, 10_000),
    batch_size: count(plan.batch_size, 10_000),
    max_failures: count(plan.max_failures, 10_000),
    soakMinutes: between(plan.soakMinutes, 0, 10_080),
    catchUpHours: plan.offline === 'catch-up' ? between(plan.catchUpHours, 0.1, 720) : undefined,
    verifyMinutes: between(plan.verifyMinutes, 0.1, 1440),
  };
}

function labelsError(labels: readonly Pair[]): string | undefined {
  if (Object.keys(pairsToMap(labels)).length === 0) return 'Give at least one label.';
  return pairsError(labels);
}

/** Whether the call would be worth asking what it would do. */
export const isComplete = (plan: RolloutPlan): boolean => !Object.values(checkPlan(plan)).some(Boolean);
