export { ensureDatabase, runningUrl, startPostgres, type PostgresOptions, type RunningPostgres } from './server.ts';
export { processesOf } from './remains.ts';
export { PostgresError } from './problem.ts';
