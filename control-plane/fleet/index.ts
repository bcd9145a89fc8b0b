export { openFleet, type Fleet } from './open.ts';
export { processEvidence, reportedCommits, type Report } from './report.ts';
export { readNow } from './store.ts';
export { recordComponentReports, type HostReports } from './record-reports.ts';
export { ensureRepository, type RepositoryRequest } from './repositories/register.ts';
