import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';

export type ComponentReport = MessageInitShape<typeof ComponentReportSchema>;

/** What a probe found. */
export interface Finding {
  readonly source: BuildSource;
  readonly runningSha: string;
  /** Empty where the probe does not look at the disk. */
  readonly worktreeSha: string;
  readonly dirty: boolean;
  readonly builtAt: Date | undefined;
  readonly startedAt: Date | undefined;
}

/** A probe's finding, as the control plane is told, with what is known besides. */
export function reportFinding(
  component: string,
  repository: string,
  finding: Finding,
  besides: Pick<ComponentReport, 'artifactSha256' | 'noProcess'> = {},
): ComponentReport {
  const { source, builtAt, startedAt, runningSha, worktreeSha, dirty } = finding;
  return {
    component,
    repository,
    // What is longer is no commit, and stays none.
    runningSha: runningSha.slice(0, 100).toWellFormed(),
    worktreeSha: worktreeSha.slice(0, 100).toWellFormed(),
    dirty,
    buildSource: source,
    builtAt: builtAt && timestampFromDate(builtAt),
    startedAt: startedAt && timestampFromDate(startedAt),
    artifactSha256: besides.artifactSha256 ?? '',
    noProcess: besides.noProcess ?? false,
  };
}

/** A probe that failed has no value, least of all its last one. */
export function reportFailure(
  component: string,
  repository: string,
  source: BuildSource,
  problem: string,
): ComponentReport {
  return { component, repository, buildSource: source, probeError: problem.slice(0, 1000).toWellFormed() };
}

/** Whether two rounds of reports say the same. */
export function sameReports(one: readonly ComponentReport[], other: readonly ComponentReport[]): boolean {
  return fingerprint(one) === fingerprint(other);
}

const fingerprint = (reports: readonly ComponentReport[]) =>
  JSON.stringify(reports, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
