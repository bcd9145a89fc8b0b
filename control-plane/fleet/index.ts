export { openFleet, type Fleet } from './open.ts';
export { recordComponentReports, type HostReports } from './record-reports.ts';
export { ensureRepository, type RepositoryRequest } from './repositories/register.ts';
