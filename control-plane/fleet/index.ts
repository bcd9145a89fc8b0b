export { openFleet, type Fleet } from './open.ts';
export { processEvidence, reportedCommits, type Report } from './report.ts';
export { compareStates } from './classify.ts';
export { readNow } from './store.ts';
export { findRewrittenHeads, type RewrittenHead } from './repositories/rewritten.ts';
export type { FleetView } from './views.ts';
export { count, enumerate } from './words.ts';
export { recordComponentReports, type HostReports } from './record-reports.ts';
export { ensureRepository, type RepositoryRequest } from './repositories/register.ts';
