import {
  AssertOutcome,
  AssertVerdict,
  Evidence,
  OnOffline,
  type AssertFleetRequest,
} from '#proto/muster/v1/fleet_pb.js';
import { appendEvent } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import type { Aim } from './aim.ts';
import type { Standing } from './standing.ts';
import { verdictWord } from './verdict.ts';

/** What a gate has come to. */
export interface Outcome {
  readonly verdict: AssertVerdict;
  readonly sentence: string;
  readonly standings: readonly Standing[];
  readonly at: Date;
}

/** Of a large fleet, the receipt names the hosts that decided. */
const mostNamed = 100;

/** Keeps a gate's result in the audit log; answers the row's id. */
export function writeReceipt(
  context: Context,
  request: AssertFleetRequest,
  aim: Aim,
  outcome: Outcome,
): Promise<string> {
  const named = (wanted: AssertOutcome) =>
    outcome.standings.filter((one) => one.outcome === wanted).map(({ hostId, hostName }) => hostId || hostName);
  const after = {
    verdict: verdictWord(outcome.verdict),
    sentence: outcome.sentence,
    at: outcome.at,
    repository: request.repository,
    sha: aim.target.head ?? '',
    ...(request.wanted.case === 'sha' ? {} : { branch: aim.target.branch }),
    component: request.component,
    labels: request.labels,
    minHosts: Math.max(1, request.minHosts),
    onOffline: request.onOffline === OnOffline.EXCLUDE ? 'exclude' : 'fail',
    requireEvidence: Evidence[request.requireEvidence || Evidence.SELF_REPORTED].toLowerCase(),
    met: named(AssertOutcome.MET).length,
    hosts: named(AssertOutcome.MET).slice(0, mostNamed),
    notMet: named(AssertOutcome.NOT_MET).slice(0, mostNamed),
    excluded: named(AssertOutcome.EXCLUDED).slice(0, mostNamed),
    gone: named(AssertOutcome.GONE).slice(0, mostNamed),
  };
  const { caller } = context;
  return appendEvent(context.sql, context, {
    action: 'fleet.assert',
    target: aim.repository.id,
    teamId: 'activeTeamId' in caller ? (caller.activeTeamId ?? null) : null,
    outcome: outcome.verdict === AssertVerdict.PASS ? 'done' : 'failed',
    after,
  });
}
